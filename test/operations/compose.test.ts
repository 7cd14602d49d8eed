import { readFileSync } from "node:fs";
import { readEnvironment, roleSettings, settingOf, settings, type Role, type Setting } from "@natter/runtime";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: unknown;
  readonly build?: { readonly target: string };
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
  readonly profiles?: readonly string[];
}

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const text = read("docker-compose.yml");
const compose = parse(text, { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};
const dockerfile = read("Dockerfile");
const services = Object.entries(compose.services);
const roles = services.filter((entry): entry is [Role, Service] => Object.hasOwn(roleSettings, entry[0]));
/** Ends at once, so nothing asks for its health. */
const oneShot = new Set(["secrets", "load"]);

/** The variables of compose itself, each with its default. */
function interpolated(): Map<string, string | undefined> {
  const found = [...text.matchAll(/\$\{([A-Z_]+)(?::?-((?:[^{}]|\$\{[^}]*\})*))?/g)];
  return new Map(found.map(([, name = "", value]) => [name, value]));
}

/** A value as compose would fill it in, if nobody sets a variable. */
function filled(value: string): string {
  return value.replace(
    /\$\{[A-Z_]+(?::?-([^}]*)|:\+[^}]*)?\}/g,
    (_all, given: string | undefined) => given ?? "",
  );
}

describe("docker-compose.yml", () => {
  test("reads the variables of .env.example and no other, with the same defaults", () => {
    const example = new Map(
      [...read(".env.example").matchAll(/^([A-Z_]+)=(.*)$/gm)].map(([, name = "", value = ""]) => [
        name,
        value.replace(/^"(.*)"$/, "$1"),
      ]),
    );
    const wanted = [...interpolated()].map(([name, value]) => [name, value ?? ""]);
    expect(Object.fromEntries(example)).toEqual(Object.fromEntries(wanted));
  });

  test.each(roles)("gives the %s settings that it reads, and no other", (role, service) => {
    const given = Object.keys(service.environment ?? {}).map(settingOf);
    const known: readonly string[] = roleSettings[role];
    expect(given.filter((name) => !known.includes(name))).toEqual([]);
  });

  test.each(roles)("gives the %s values that it can use", (role, { environment = {} }) => {
    const values = Object.entries(environment).filter(([name]) => !name.endsWith("_FILE"));
    const variables = Object.fromEntries(values.map(([name, value]) => [name, filled(value)]));
    expect(() => readEnvironment(roleSettings[role], variables)).not.toThrow();
  });

  test.each(roles)("holds no secret of the %s", (_role, { environment = {} }) => {
    const table: Readonly<Record<string, Setting>> = settings;
    const secrets = Object.entries(environment).filter(([name]) => table[name]?.secret);
    // A URL without a user is no secret.
    const told = secrets.filter(([name, value]) => name !== "MONGODB_URL" && filled(value) !== "");
    expect(told).toEqual([]);
    expect(filled(environment["MONGODB_URL"] ?? "")).not.toContain("@");
  });

  test.each(roles)(
    "builds the %s from a target of the Dockerfile that looks after its health",
    (_role, { build }) => {
      const stage = new RegExp(
        `^FROM (\\S+) AS ${build?.target}$([\\s\\S]*?)(?=^FROM |$(?![\\s\\S]))`,
        "m",
      ).exec(dockerfile);
      const parent = new RegExp(`^FROM \\S+ AS ${stage?.[1]}$([\\s\\S]*?)^FROM `, "m").exec(dockerfile);
      expect((stage?.[2] ?? "") + (parent?.[1] ?? "")).toContain("HEALTHCHECK");
    },
  );

  test.each(services)("starts %s after what it needs is healthy", (_name, service) => {
    const conditions = Object.entries(service.depends_on ?? {}).map(([needed, { condition }]) => [
      needed,
      condition,
    ]);
    const wanted = conditions.map(([needed]) => [
      needed,
      needed === "secrets" ? "service_completed_successfully" : "service_healthy",
    ]);
    expect(conditions).toEqual(wanted);
  });

  test.each(services.filter(([name]) => !oneShot.has(name)))("sees when %s is healthy", (_name, service) => {
    // The images of natter bring their check.
    expect(service.healthcheck ?? service.build).toBeDefined();
  });

  test.each(services)("pins the image of %s to a version", (_name, { image }) => {
    const [, tag = ""] = /:([^:]+)$/.exec(filled(image)) ?? [];
    expect(tag).toMatch(/^(?:dev|\d+\.\d+\.\d+(?:-\w+)?)$/);
  });

  test("waits longer for a worker that stops than its drain takes", () => {
    const worker = compose.services["llm-worker"];
    const drainSeconds = Number(filled(worker?.environment?.["NATTER_DRAIN_SECONDS"] ?? ""));
    expect(Number.parseInt(worker?.stop_grace_period ?? "0", 10)).toBeGreaterThanOrEqual(drainSeconds + 15);
  });

  test("declares every volume that a service names", () => {
    const named = services.flatMap(([, { volumes = [] }]) =>
      volumes.map((volume) => volume.split(":")[0] ?? "").filter((name) => !name.startsWith(".")),
    );
    expect([...new Set(named)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
  });

  test("has a broker that syncs each write to the disk, with one server and with three", () => {
    for (const config of ["nats-1.conf", "nats-3.conf"]) {
      expect(read(`deploy/compose/${config}`)).toContain("sync_interval: always");
      expect(text).toContain(`./deploy/compose/${config}:/etc/nats/${config}:ro`);
    }
  });
});
