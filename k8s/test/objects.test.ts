import { readFileSync } from "node:fs";
import { consumers, streamName } from "@natter/protocol";
import { describe, expect, test } from "vitest";
import { nameOf, type KubernetesObject } from "../src/kubernetes/objects.ts";
import { sumOfSources } from "../src/rendering.ts";
import { Made, overlays, type Container, type Probe, type Workload } from "./pods.ts";

interface Selecting extends KubernetesObject {
  readonly spec: {
    readonly selector: Readonly<Record<string, string>> & { readonly matchLabels?: Record<string, string> };
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly targetPort: string }[];
    readonly maxUnavailable?: number;
  };
}

const made = overlays.map((overlay) => ({ overlay, made: new Made(overlay) }));
const cases = made.flatMap(({ overlay, made: objects }) =>
  objects.workloads.map((workload) => ({ overlay, name: workload.metadata.name, workload, made: objects })),
);
const pod = (workload: Workload) => workload.spec.template.spec;
const probesOf = ({ startupProbe, readinessProbe, livenessProbe }: Container): Probe[] => [
  startupProbe,
  readinessProbe,
  livenessProbe,
];

test("the objects in k8s/rendered and the chart are as new as their sources", () => {
  expect(readFileSync(new URL("../rendered/sources.sha256", import.meta.url), "utf8").trim()).toBe(
    sumOfSources(),
  );
});

describe("a pod", () => {
  test.each(cases)("of $overlay: $name may do nothing that it does not need", ({ workload }) => {
    const { securityContext, serviceAccountName, automountServiceAccountToken, containers } = pod(workload);
    expect(securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 65532,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect([serviceAccountName, automountServiceAccountToken]).toEqual([workload.metadata.name, false]);
    for (const container of containers)
      expect(container.securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
  });

  test.each(cases)("of $overlay: $name asks for what it uses, and its memory has a bound", ({ workload }) => {
    for (const { resources } of pod(workload).containers) {
      expect(Object.keys(resources.requests).sort()).toEqual(["cpu", "memory"]);
      // A bound of the CPU would make a gateway wait in the middle of a reply.
      expect(Object.keys(resources.limits)).toEqual(["memory"]);
    }
  });

  test.each(cases)("of $overlay: $name is asked for its health at ports that it has", ({ workload }) => {
    for (const container of pod(workload).containers) {
      const ports = container.ports.map(({ name }) => name);
      const asked = probesOf(container).flatMap(
        (probe) => probe.httpGet?.port ?? probe.tcpSocket?.port ?? [],
      );
      expect(asked.filter((port) => !ports.includes(port))).toEqual([]);
      expect(probesOf(container).filter((probe) => probe === undefined)).toEqual([]);
    }
  });

  test.each(cases)("of $overlay: $name gets no variables of Services", ({ workload }) => {
    expect(pod(workload).enableServiceLinks).toBe(false);
  });

  test.each(cases.filter(({ workload }) => workload.kind === "Deployment"))(
    "of $overlay: $name is replaced only when the next one is ready",
    ({ workload }) => {
      expect(workload.spec.strategy).toEqual({
        type: "RollingUpdate",
        rollingUpdate: { maxSurge: 1, maxUnavailable: 0 },
      });
    },
  );

  test.each(cases.filter(({ name }) => !["mongo", "demo-model"].includes(name)))(
    "of $overlay: $name is spread over nodes and zones, and one at a time may be taken",
    ({ workload, made: objects, name }) => {
      const keys = pod(workload).topologySpreadConstraints?.map(({ topologyKey }) => topologyKey);
      expect(keys).toEqual(["kubernetes.io/hostname", "topology.kubernetes.io/zone"]);
      const budget = objects
        .ofKind<Selecting>("PodDisruptionBudget")
        .find(({ metadata }) => metadata.name === name);
      expect(budget?.spec.maxUnavailable).toBe(1);
      expect(budget?.spec.selector.matchLabels).toEqual(workload.spec.selector.matchLabels);
    },
  );
});

describe("a broker", () => {
  test.each(made)("of $overlay refuses messages before its volume is full", ({ made: objects }) => {
    const bound = objects.environment("nats")["MAX_FILE_STORE"];
    const claim = objects.workload("nats").spec.volumeClaimTemplates?.[0]?.spec.resources.requests.storage;
    const [gigabytes, gibibytes] = [/^(\d+)GB$/.exec(bound ?? ""), /^(\d+)Gi$/.exec(claim ?? "")];
    expect(Number(gigabytes?.[1])).toBeLessThan(Number(gibibytes?.[1]));
  });

  test.each(made)("of $overlay takes the users and the routes of its Secret", ({ made: objects }) => {
    const configuration = objects.settings("nats")["nats.conf"] ?? "";
    const includes = [...configuration.matchAll(/include secrets\/(\S+)/g)].map(([, file]) => file);
    const spec = JSON.stringify(pod(objects.workload("nats")));
    for (const file of ["users.conf", "routes.conf"]) {
      expect(includes).toContain(file);
      expect(spec).toContain(`{"key":"${file}","path":"${file}"}`);
    }
  });
});

describe("the time to stop", () => {
  /** As in packages/runtime: what `stop` may take if a service says nothing else. */
  const stopSeconds = 15;

  test.each(made)("of $overlay: a gateway stops in time after its preStop", ({ made: objects }) => {
    const seconds = objects.container("gateway").lifecycle?.preStop?.sleep?.seconds ?? 0;
    expect(seconds).toBeGreaterThan(0);
    expect(pod(objects.workload("gateway")).terminationGracePeriodSeconds).toBeGreaterThan(
      seconds + stopSeconds,
    );
  });

  test.each(made)("of $overlay: a worker hands over in time after its drain", ({ made: objects }) => {
    const drain = Number(objects.environment("llm-worker")["NATTER_DRAIN_SECONDS"]);
    expect(pod(objects.workload("llm-worker")).terminationGracePeriodSeconds).toBeGreaterThan(
      drain + stopSeconds,
    );
  });

  test.each(made)("of $overlay: persistence stops in time", ({ made: objects }) => {
    expect(pod(objects.workload("persistence")).terminationGracePeriodSeconds).toBeGreaterThan(stopSeconds);
  });

  test.each(made)("of $overlay: a broker stops in time after its lame duck", ({ made: objects }) => {
    const seconds = [...(objects.settings("nats")["nats.conf"] ?? "").matchAll(/^lame_duck_\w+: (\d+)s$/gm)];
    expect(seconds).toHaveLength(2);
    const sum = seconds.reduce((all, [, number]) => all + Number(number), 0);
    expect(pod(objects.workload("nats")).terminationGracePeriodSeconds).toBeGreaterThan(sum);
  });
});

describe("a probe", () => {
  const endpoints = readFileSync(
    new URL("../../services/gateway/src/http/endpoints/operation-endpoints.ts", import.meta.url),
    "utf8",
  );
  const health = readFileSync(
    new URL("../../packages/runtime/src/health-server.ts", import.meta.url),
    "utf8",
  );
  const places = { gateway: endpoints, persistence: health, "llm-worker": health };

  test.each(
    made.flatMap(({ overlay, made: objects }) =>
      Object.entries(places).map(([name, source]) => ({ overlay, name, source, objects })),
    ),
  )("of $overlay: $name answers the paths of its probes", ({ name, source, objects }) => {
    const { startupProbe, readinessProbe, livenessProbe } = objects.container(name);
    expect(readinessProbe.httpGet?.path).toBe("/readyz");
    for (const { httpGet } of [startupProbe, livenessProbe]) expect(httpGet?.path).toBe("/livez");
    for (const path of ["/readyz", "/livez"]) expect(source).toContain(`"${path}"`);
  });
});

describe("a Service", () => {
  test.each(made)("of $overlay leads to ports of pods that exist", ({ made: objects }) => {
    for (const service of objects.ofKind<Selecting>("Service")) {
      const pods = objects.workloads.filter((workload) =>
        Object.entries(service.spec.selector).every(
          ([label, value]) => workload.spec.template.metadata.labels[label] === value,
        ),
      );
      const ports = pods.flatMap((workload) =>
        pod(workload).containers.flatMap((container) => container.ports),
      );
      expect([nameOf(service), pods.length]).toEqual([nameOf(service), 1]);
      for (const { targetPort, port } of service.spec.ports ?? [])
        expect(ports).toContainEqual({ name: targetPort, containerPort: port });
    }
  });
});

describe("the network policies", () => {
  test.each(made)("of $overlay deny by default, and every pod has its own", ({ made: objects }) => {
    const policies = objects.ofKind<KubernetesObject & { spec: unknown }>("NetworkPolicy");
    expect(policies.find(({ metadata }) => metadata.name === "default-deny")?.spec).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const names = policies.map(({ metadata }) => metadata.name);
    expect(names).toEqual(expect.arrayContaining(objects.workloads.map(({ metadata }) => metadata.name)));
  });
});

describe("the scaler of the workers", () => {
  test("asks for the queue that the workers share", () => {
    const [scaler] = new Made("production").ofKind<
      KubernetesObject & { spec: { triggers: { type: string; metadata: Record<string, string> }[] } }
    >("ScaledObject");
    expect(scaler?.spec.triggers[0]).toMatchObject({
      type: "nats-jetstream",
      metadata: { stream: streamName, consumer: consumers.responder },
    });
  });
});
