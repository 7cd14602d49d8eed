import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Backoff } from "@natter/runtime";
import { ChatClient, startNatter, waitFor } from "@natter/testing";
import { describe, expect, test } from "vitest";
import { restartBounds, restartDelayMs } from "../src/processes/restart-delay.ts";
import { readable } from "../src/processes/log-lines.ts";
import { readOptions } from "../src/options.ts";
import { planServices } from "../src/processes/process-plan.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Runs a start that is expected to end by itself. */
function refused(args: readonly string[], env: NodeJS.ProcessEnv): { code: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [main, ...args], {
    env: { ...process.env, ...env },
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: status, stderr: stderr.trim() };
}

describe("a mistake stops the start with one line that names it", () => {
  test.each([
    ["an unknown variable", [], { NATTER_WORKERS: "2" }, "NATTER_WORKERS"],
    ["a typo", [], { OPENAI_BASEURL: "http://127.0.0.1:1" }, "OPENAI_BASE_URL"],
    ["a malformed port", [], { PORT: "http" }, "PORT"],
    ["a malformed broker", [], { NATS_URL: "127.0.0.1:4222" }, "NATS_URL"],
    ["an unknown flag", ["--gateway", "2"], {}, "--gateway"],
    ["a malformed count", ["--workers", "none"], {}, "--workers"],
    ["too many", ["--gateways", "1000"], {}, "--gateways"],
  ])("%s", (_what, args, env, named) => {
    const { code, stderr } = refused(args, env);
    expect(code).toBe(1);
    expect(stderr).toContain(named);
    expect(stderr.split("\n")).toHaveLength(1);
  });
});

test("a port that is taken is named, and nothing is left running", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const { code, stderr } = refused([], {
    PORT: String(port),
    NATTER_DATA_DIR: `/tmp/natter-port-${process.pid}`,
  });
  server.close();
  expect(code).toBe(1);
  expect(stderr).toBe(`port ${port} is taken: set PORT to a free one`);
});

test.each(["0", "8080"])("an address that is no address of this machine is named, with port %s", (port) => {
  const { code, stderr } = refused([], {
    PORT: port,
    NATTER_HOST: "192.0.2.1",
    NATTER_DATA_DIR: `/tmp/natter-host-${process.pid}`,
  });
  expect(code).toBe(1);
  expect(stderr).toBe(
    `nobody can listen on port ${port} of 192.0.2.1 (EADDRNOTAVAIL): set PORT or NATTER_HOST`,
  );
});

test("restart delays grow to 5 s and begin anew after 10 s of health", () => {
  const backoff = new Backoff(restartBounds);
  const delays = Array.from({ length: 6 }, () => restartDelayMs(backoff, 9_999));
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 5_000, 5_000]);
  expect(restartDelayMs(backoff, 10_000)).toBe(500);
});

test("plans gateways on following ports, and SQLite unless a store is set", () => {
  const addresses = { natsUrl: "nats://127.0.0.1:4222", demoModelUrl: "http://127.0.0.1:1/v1" };
  const plans = planServices(
    readOptions(["--gateways", "2", "--workers", "3"], { PORT: "9000", NATTER_DATA_DIR: "/data" }),
    addresses,
  );
  expect(plans.map(({ instance }) => instance)).toEqual([
    "persistence",
    "llm-worker-1",
    "llm-worker-2",
    "llm-worker-3",
    "gateway-1",
    "gateway-2",
  ]);
  expect(plans.filter(({ role }) => role === "gateway").map(({ env }) => env["PORT"])).toEqual([
    "9000",
    "9001",
  ]);
  expect(plans[0]?.env["STORE_URL"]).toBe("sqlite:///data/natter.db");
  expect(plans[1]?.env).toMatchObject({ OPENAI_BASE_URL: "http://127.0.0.1:1/v1", OPENAI_MODEL: "demo" });
  const own = planServices(readOptions([], { MONGODB_URL: "mongodb://db/natter" }), {
    ...addresses,
    demoModelUrl: undefined,
  });
  expect(own[0]?.env["STORE_URL"]).toBeUndefined();
  expect(own[1]?.env["OPENAI_BASE_URL"]).toBeUndefined();
});

const line = (record: object): string => readable(JSON.stringify({ level: 40, msg: "m", ...record }));

test("a line of the log steers no terminal and looks like no other line", () => {
  const hostile = "\u001B[2J\u001B]0;owned\u0007\r\nstart | info all is well\u009B31m\u202E\u2028x\b";
  const spelled =
    "\\u001b[2J\\u001b]0;owned\\u0007\\u000d\\u000astart | info all is well\\u009b31m\\u202e\\u2028x\\u0008";
  expect(line({ title: hostile })).toBe(`warn  m title=${spelled}`);
  expect(line({ deep: { title: "\u009B" } })).toBe('warn  m deep={"title":"\\u009b"}');
  expect(line({ [hostile]: 1 })).toBe(`warn  m ${spelled}=1`);
  expect(line({ err: { message: "one\nstart | info two\u001B" } })).toBe(
    "warn  m: one\n    start | info two\\u001b",
  );
  expect(line({ level: 50, err: { stack: "Error: one\n    at two\u001B" } })).toBe(
    "error m: Error: one\n    at two\\u001b",
  );
  expect(readable("raw \u001B[31m line\ttab")).toBe("raw \\u001b[31m line\ttab");
  expect(readable("{not json\u0007")).toBe("{not json\\u0007");
});

test("a line of the log is readable, and any other line stays as it is", () => {
  expect(readable('{"level":40,"time":"x","service":"g","msg":"broker away","tries":2}')).toBe(
    "warn  broker away tries=2",
  );
  expect(readable("[INF] Server is ready")).toBe("[INF] Server is ready");
  expect(readable("{not json")).toBe("{not json");
});

describe("a running natter", () => {
  test.runIf(process.platform === "linux")("gives each process only what it reads", async () => {
    await using natter = await startNatter({
      env: {
        OPENAI_API_KEY: "planted-key",
        OPENAI_BASE_URL: "http://127.0.0.1:1/v1",
        NATTER_SYSTEM_PROMPT: "planted-prompt",
        AWS_SECRET_ACCESS_KEY: "planted-secret",
        HTTPS_PROXY: "http://planted-proxy:1",
      },
    });
    const parts = (await natter.run()).filter(({ role }) => role !== "start");
    const holders = (planted: string): string[] =>
      parts
        .filter(({ pid }) => readFileSync(`/proc/${pid}/environ`, "utf8").includes(planted))
        .map(({ role }) => role);
    expect(holders("PATH=").sort()).toEqual(["gateway", "llm-worker", "nats", "persistence"]);
    expect(holders("planted-secret")).toEqual([]);
    for (const planted of ["planted-key", "planted-prompt", "planted-proxy"])
      expect(holders(planted)).toEqual(["llm-worker"]);
    expect(holders("STORE_URL")).toEqual(["persistence"]);
  });

  test("a second start on the same data says so and ends, and the first one goes on", async () => {
    await using natter = await startNatter();
    const { code, stderr } = refused([], { PORT: "0", NATTER_DATA_DIR: natter.dataDir });
    expect(code).toBe(1);
    expect(stderr).toContain(`natter runs already on ${natter.dataDir}`);
    expect((await fetch(`${natter.url}/readyz`)).status).toBe(200);
  });

  test("stops in order at SIGTERM and leaves no process behind", async () => {
    await using natter = await startNatter({ gateways: 2 });
    const pids = (await natter.run()).map(({ pid }) => pid);
    expect(pids).toHaveLength(7);
    expect(await natter.stop()).toBe(0);
    expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
    const order = ["gateway-1", "llm-worker", "persistence", "demo-model"].map((name) =>
      natter.output.search(new RegExp(`${name}\\s*\\| info  stopped`)),
    );
    expect(order).toEqual([...order].sort((left, right) => left - right));
    expect(order[0]).toBeGreaterThan(0);
  });

  test("a part that crashes is started again within a second, and it is said", async () => {
    await using natter = await startNatter();
    const entry = async (role: string): Promise<{ pid: number } | undefined> =>
      (await natter.run()).find((each) => each.role === role);
    for (const role of ["persistence", "llm-worker", "nats"]) {
      const before = await entry(role);
      process.kill(before?.pid ?? 0, "SIGKILL");
      await waitFor(
        async () => {
          const after = await entry(role);
          return after && after.pid !== before?.pid;
        },
        { what: `${role} to come back`, timeoutMs: 10_000 },
      );
      expect(natter.output).toMatch(new RegExp(`${role} was ended by SIGKILL, starting it again in 500 ms`));
    }
    await waitFor(async () => (await fetch(`${natter.url}/readyz`)).ok, {
      what: "the gateway to reach the broker",
    });
    const client = await ChatClient.connect(natter.url, "after-crashes");
    expect((await client.converse("/rate 0 /echo still here")).message).toBe("still here");
  });

  test("a part that crashes while nothing can be written takes no other part with it", async () => {
    await using natter = await startNatter();
    const before = await natter.run();
    const pidOf = (role: string): number => before.find((each) => each.role === role)?.pid ?? 0;
    // As on a full disk: writing the file fails, whoever asks.
    const obstacle = join(natter.dataDir, "run.json.new");
    mkdirSync(obstacle);
    process.kill(pidOf("llm-worker"), "SIGKILL");
    const client = await ChatClient.connect(natter.url, "full-disk");
    expect((await client.converse("/rate 0 /echo still here")).message).toBe("still here");
    expect(natter.output).toMatch(/run\.json is out of date: nobody can write it \(EISDIR/);
    for (const { pid, role } of before) expect(isAlive(pid)).toBe(role !== "llm-worker");
    rmdirSync(obstacle);
    process.kill(pidOf("persistence"), "SIGKILL");
    await waitFor(
      async () => {
        const after = (await natter.run()).find(({ role }) => role === "persistence");
        return after && after.pid !== pidOf("persistence");
      },
      { what: "the file to be written again", timeoutMs: 10_000 },
    );
    expect(await natter.stop()).toBe(0);
    expect(await natter.run()).toEqual([]);
  });

  test("a start that is killed leaves no service behind, and the next one ends its broker", async () => {
    await using natter = await startNatter();
    const entries = await natter.run();
    const services = entries.filter(({ role }) => role !== "start" && role !== "nats");
    process.kill(entries.find(({ role }) => role === "start")?.pid ?? 0, "SIGKILL");
    await waitFor(() => services.every(({ pid }) => !isAlive(pid)), {
      what: "the services to end",
      timeoutMs: 20_000,
    });
    const broker = entries.find(({ role }) => role === "nats")?.pid ?? 0;
    expect(isAlive(broker)).toBe(true);
    await natter.restart();
    // Ended, and also collected by the system that it was left to.
    await waitFor(() => !isAlive(broker), { what: "the old broker to be gone" });
  });
});

test("Ctrl-C in a terminal, which goes to the whole group, stops everything in order", async () => {
  await using natter = await startNatter();
  const pids = (await natter.run()).map(({ pid }) => pid);
  const start = (await natter.run()).find(({ role }) => role === "start")?.pid ?? 0;
  process.kill(start, "SIGINT");
  await waitFor(() => !isAlive(start), { what: "the end of the start", timeoutMs: 30_000 });
  expect(pids.filter((pid) => isAlive(pid))).toEqual([]);
});
