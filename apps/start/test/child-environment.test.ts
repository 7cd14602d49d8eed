import { spawnSync } from "node:child_process";
import { roleSettings, type Role } from "@natter/runtime";
import { ChatClient, startNatter } from "@natter/testing";
import { describe, expect, test } from "vitest";
import {
  childEnvironment,
  machineEnvironment,
  toolEnvironment,
  withSettings,
} from "../src/processes/child-environment.ts";
import { readOptions } from "../src/options.ts";
import { planDemoModel, planServices, programs } from "../src/processes/process-plan.ts";

describe("the environment of a child", () => {
  const machine = { PATH: "/bin", LC_ALL: "C", TZ: "UTC", NODE_OPTIONS: "--use-system-ca" };
  const foreign = { LD_PRELOAD: "/x.so", GOPROXY: "direct" };
  const proxy = { https_proxy: "http://proxy:1" };
  const variables = { ...machine, ...foreign, ...proxy, OPENAI_API_KEY: "key", NATTER_SYSTEM_PROMPT: "" };

  test("keeps an empty system prompt, which means none", () => {
    expect(childEnvironment("llm-worker", variables)["NATTER_SYSTEM_PROMPT"]).toBe("");
  });

  test("is what the machine needs and nothing more, where it reads no setting that is set", () => {
    expect(childEnvironment("nats", variables)).toEqual(machine);
    expect(childEnvironment("gateway", variables)).toEqual(machine);
    expect(machineEnvironment(variables)).toEqual(machine);
  });

  test("of a tool of the user's is the user's, without natter's settings", () => {
    expect(toolEnvironment(variables)).toEqual({ ...machine, ...foreign, ...proxy });
  });

  test("has the files of its own settings, and not those of others", () => {
    const files = { NATTER_LOG_KEY_FILE: "/run/log-key", OPENAI_API_KEY_FILE: "/run/key" };
    expect(childEnvironment("gateway", files)).toEqual({ NATTER_LOG_KEY_FILE: "/run/log-key" });
    expect(childEnvironment("llm-worker", files)).toEqual(files);
  });

  test("has no port of health, which several processes cannot share", () => {
    expect(childEnvironment("llm-worker", { NATTER_HEALTH_PORT: "8081" })).toEqual({});
  });

  test("has a planned setting instead of the file that names it", () => {
    const environment = { NATS_URL_FILE: "/run/nats-url", NATTER_LOG_KEY_FILE: "/run/log-key" };
    expect(withSettings(environment, { NATS_URL: "nats://127.0.0.1:1" })).toEqual({
      NATTER_LOG_KEY_FILE: "/run/log-key",
      NATS_URL: "nats://127.0.0.1:1",
    });
  });

  test("gets from a plan only settings that its role reads", () => {
    const addresses = { natsUrl: "nats://127.0.0.1:4222", demoModelUrl: "http://127.0.0.1:1/v1" };
    for (const { role, env } of [planDemoModel(), ...planServices(readOptions([], {}), addresses)]) {
      const known: readonly string[] = roleSettings[role as Role];
      expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
    }
  });
});

test("the demo model answers whatever proxy and API are set, and the start says that the API waits", async () => {
  await using natter = await startNatter({
    env: {
      NATTER_MODEL_API: "responses",
      HTTP_PROXY: "http://127.0.0.1:1",
      https_proxy: "socks5://127.0.0.1:1",
    },
  });
  expect(natter.output).toContain("NATTER_MODEL_API=responses waits for a real one");
  const client = await ChatClient.connect(natter.url, "with-a-proxy");
  expect((await client.converse("/rate 0 /echo still here")).message).toBe("still here");
});

test.each(Object.entries(programs))("%s refuses a malformed log level with one line", (_role, program) => {
  const { status, stderr } = spawnSync(process.execPath, [program], {
    env: { PATH: process.env["PATH"], NATTER_LOG_LEVEL: "verbose" },
    encoding: "utf8",
    timeout: 30_000,
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^NATTER_LOG_LEVEL is malformed .*\n$/);
});
