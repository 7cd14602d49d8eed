import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ofTheStart, readEnvironment, roleSettings, settings, type Role } from "../src/index.ts";

const repository = new URL("../../../", import.meta.url);
const lifeCycle = "packages/runtime/src/run-service.ts";
const health = "packages/runtime/src/health-server.ts";
const stream = "packages/runtime/src/settings/stream-settings.ts";
const programs: readonly (readonly [Role, string])[] = [
  ["gateway", "services/gateway/src/config.ts"],
  ["persistence", "services/persistence/src/config.ts"],
  ["llm-worker", "services/llm-worker/src/config.ts"],
  ["demo-model", "apps/demo-model/src/config.ts"],
];

/** The settings that a file names, and those of the stream if it calls for them. */
function namesIn(path: string): string[] {
  const text = readFileSync(new URL(path, repository), "utf8");
  const ofStream = text.includes("streamSettingsOf(env)") ? namesIn(stream) : [];
  return [...ofStream, ...namesOf(text)];
}

function namesOf(text: string): string[] {
  return Object.keys(settings).filter((name) => new RegExp(`\\b${name}\\b`).test(text));
}

test.each(programs)("role settings - %s is given what its program reads, and nothing else", (role, path) => {
  const ofHealth = role === "persistence" || role === "llm-worker" ? namesIn(health) : [];
  const used = new Set([...namesIn(path), ...namesIn(lifeCycle), ...ofHealth]);
  expect([...roleSettings[role]].toSorted()).toEqual([...used].toSorted());
});

test("role settings - every setting has a reader", () => {
  const read = new Set<string>([...ofTheStart, ...Object.values(roleSettings).flat()]);
  expect(Object.keys(settings).filter((name) => !read.has(name))).toEqual([]);
});

test.each(["OPENAI_API_KEY", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"])(
  "role settings - %s is given to the llm-worker alone",
  (name) => {
    const holders = programs.filter(([role]) => roleSettings[role].some((each) => each === name));
    expect(holders.map(([role]) => role)).toEqual(["llm-worker"]);
  },
);

test("role settings - the gateway reads numbers as numbers, and no key of the provider", () => {
  const env = readEnvironment(roleSettings.gateway, { PORT: "1", OPENAI_API_KEY: "planted" });
  const port: number = env.PORT;
  expect(port).toBe(1);
  expect(env).not.toHaveProperty("OPENAI_API_KEY");
  // @ts-expect-error The compiler knows, too.
  expect(env.OPENAI_API_KEY).toBeUndefined();
});
