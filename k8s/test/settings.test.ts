import { readFileSync } from "node:fs";
import { readEnvironment, roleSettings, settings, type Role, type Setting } from "@natter/runtime";
import { describe, expect, test } from "vitest";
import { Made, overlays } from "./pods.ts";

const allServices = ["gateway", "persistence", "llm-worker", "demo-model"] as const satisfies readonly Role[];
const dockerfile = readFileSync(new URL("../../Dockerfile", import.meta.url), "utf8");

/** The settings that may hold secrets. */
const secretSettings = new Set(
  Object.entries<Setting>(settings)
    .filter(([, { secret }]) => secret)
    .map(([name]) => name),
);

const cases = overlays.flatMap((overlay) => {
  const made = new Made(overlay);
  return allServices
    .filter((role) => made.workloads.some(({ metadata }) => metadata.name === role))
    .map((role) => ({ overlay, made, role }));
});

describe("the settings of a pod", () => {
  test.each(cases)("of $overlay: $role reads every variable that it is given", ({ made, role }) => {
    const given = [
      ...Object.keys(made.environment(role)),
      ...(made.container(role).env ?? []).map(({ name }) => name),
    ];
    const read: readonly string[] = roleSettings[role];
    expect(given.filter((name) => !read.includes(name))).toEqual([]);
  });

  test.each(cases)("of $overlay: $role can use every value that it is given", ({ made, role }) => {
    const given = { ...made.environment(role), ...made.secrets(role) };
    expect(() => readEnvironment(roleSettings[role], given)).not.toThrow();
  });

  test.each(cases)("of $overlay: $role has its secret settings from Secrets alone", ({ made, role }) => {
    const plain = Object.keys(made.environment(role));
    expect(plain.filter((name) => secretSettings.has(name))).toEqual([]);
    expect(Object.keys(made.secrets(role)).filter((name) => !secretSettings.has(name))).toEqual([]);
  });

  test.each(cases.filter(({ role }) => role !== "demo-model"))(
    "of $overlay: $role knows the broker and has a key for its log",
    ({ made, role }) => {
      expect(Object.keys(made.secrets(role))).toEqual(expect.arrayContaining(["NATS_URL", "NATTER_LOG_KEY"]));
    },
  );

  test.each(overlays)("of %s: gateways and workers know the same models", (overlay) => {
    const made = new Made(overlay);
    expect(modelsOf(made.environment("gateway"))).toEqual(modelsOf(made.environment("llm-worker")));
  });

  test.each(overlays)("of %s: the log has as many copies as there are brokers", (overlay) => {
    const made = new Made(overlay);
    expect(made.environment("gateway")["NATTER_STREAM_REPLICAS"]).toBe(
      String(made.workload("nats").spec.replicas),
    );
  });
});

describe("the ports of a pod", () => {
  test.each(cases)(
    "of $overlay: $role listens where its pod says, and as its image does",
    ({ made, role }) => {
      const [port] = made.container(role).ports;
      const { PORT, NATTER_HEALTH_PORT, NATTER_HOST } = made.environment(role);
      expect(String(port?.containerPort)).toBe(PORT ?? NATTER_HEALTH_PORT);
      expect(NATTER_HOST).toBe("0.0.0.0");
      expect(dockerfile).toMatch(new RegExp(`PORT=${port?.containerPort}\\b`));
    },
  );
});

function modelsOf({ OPENAI_MODEL, NATTER_MODELS }: Readonly<Record<string, string>>): unknown {
  return [OPENAI_MODEL, NATTER_MODELS];
}
