/** The made objects, as the tests look at them. */
import { readFileSync } from "node:fs";
import { readObjects, withoutNameSuffixes, type KubernetesObject } from "../src/kubernetes/objects.ts";

export interface EnvironmentVariable {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: {
    readonly secretKeyRef?: { readonly name: string; readonly key: string; readonly optional?: boolean };
    readonly fieldRef?: { readonly fieldPath: string };
  };
}

export interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string };
  readonly tcpSocket?: { readonly port: string };
  readonly exec?: { readonly command: readonly string[] };
  readonly periodSeconds?: number;
  readonly failureThreshold?: number;
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly EnvironmentVariable[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly readinessProbe: Probe;
  readonly livenessProbe: Probe;
  readonly lifecycle?: { readonly preStop?: { readonly sleep?: { readonly seconds: number } } };
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly securityContext: Readonly<Record<string, unknown>>;
}

/** A Deployment or a StatefulSet. */
export interface Workload extends KubernetesObject {
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: unknown;
    readonly volumeClaimTemplates?: readonly {
      readonly spec: { readonly resources: { readonly requests: { readonly storage: string } } };
    }[];
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly enableServiceLinks: boolean;
        readonly terminationGracePeriodSeconds: number;
        readonly topologySpreadConstraints?: readonly { readonly topologyKey: string }[];
        readonly securityContext: Readonly<Record<string, unknown>>;
        readonly containers: readonly Container[];
      };
    };
  };
}

export class Made {
  readonly objects: readonly KubernetesObject[];

  /** @param overlay `local` or `production` */
  constructor(overlay: string) {
    const yaml = readFileSync(new URL(`../rendered/${overlay}.yaml`, import.meta.url), "utf8");
    this.objects = withoutNameSuffixes(readObjects(yaml));
  }

  ofKind<T extends KubernetesObject>(kind: string): T[] {
    return this.objects.filter((object) => object.kind === kind) as T[];
  }

  get workloads(): Workload[] {
    return [...this.ofKind<Workload>("Deployment"), ...this.ofKind<Workload>("StatefulSet")];
  }

  workload(name: string): Workload {
    const found = this.workloads.find(({ metadata }) => metadata.name === name);
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  }

  container(name: string): Container {
    const [only] = this.workload(name).spec.template.spec.containers;
    if (!only) throw new Error(`${name} has no container`);
    return only;
  }

  /** The data of a ConfigMap. */
  settings(name: string): Readonly<Record<string, string>> {
    const found = this.ofKind<KubernetesObject & { data: Record<string, string> }>("ConfigMap").find(
      ({ metadata }) => metadata.name === name,
    );
    if (!found) throw new Error(`there is no ConfigMap ${name}`);
    return found.data;
  }

  /** All that the container's process is given: fixed values, and those of its ConfigMaps. Secrets are not among them. */
  environment(name: string): Record<string, string> {
    const { env = [], envFrom = [] } = this.container(name);
    const files = envFrom.map(({ configMapRef }) => this.settings(configMapRef.name));
    const own = env.flatMap(({ name: key, value }) => (value === undefined ? [] : [[key, value] as const]));
    return { ...Object.assign({}, ...files), ...Object.fromEntries(own) } as Record<string, string>;
  }

  /** The variables that come from Secrets, with what the Secrets of the local overlay say. */
  secrets(name: string): Record<string, string> {
    const references = (this.container(name).env ?? []).flatMap(({ name: variable, valueFrom }) =>
      valueFrom?.secretKeyRef ? [{ variable, ...valueFrom.secretKeyRef }] : [],
    );
    return Object.fromEntries(
      references.map(({ variable, name: secret, key }) => [variable, localSecret(secret, key)]),
    );
  }
}

/** @throws if the local overlay has no such Secret */
function localSecret(name: string, key: string): string {
  const secrets = new Made("local").ofKind<KubernetesObject & { stringData: Record<string, string> }>(
    "Secret",
  );
  const value = secrets.find(({ metadata }) => metadata.name === name)?.stringData[key];
  if (value === undefined) throw new Error(`the local overlay has no ${key} in a Secret ${name}`);
  return value;
}

export const overlays = ["local", "production"] as const;
