import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inspect } from "../src/binary.ts";
import { configurationOf } from "../src/configuration.ts";
import { freePort, waitForGreeting } from "../src/readiness.ts";
import { findNatsServer, NoNatsServer } from "../src/index.ts";
import { isAtLeast, knowsSyncInterval, parseVersion } from "../src/version.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-binary-"));
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

test("reads the version that a server prints", () => {
  expect(parseVersion("nats-server: v2.12.15\n")).toEqual([2, 12, 15]);
  expect(parseVersion("nats-server: 2.9.10")).toEqual([2, 9, 10]);
  expect(parseVersion("something else")).toBeUndefined();
});

test("compares versions part by part", () => {
  expect(isAtLeast([2, 12, 12], [2, 12, 12])).toBe(true);
  expect(isAtLeast([2, 14, 0], [2, 12, 12])).toBe(true);
  expect(isAtLeast([2, 9, 30], [2, 12, 12])).toBe(false);
  expect(isAtLeast([3, 0, 0], [2, 12, 12])).toBe(true);
});

test("an old server is not given the setting that it refuses to start with", () => {
  const options = { port: 4222, storeDir: "/data/nats" };
  expect(configurationOf({ ...options, version: [2, 12, 15] })).toContain("sync_interval: always");
  expect(configurationOf({ ...options, version: [2, 9, 10] })).not.toContain("sync_interval");
  expect(knowsSyncInterval([2, 10, 0])).toBe(true);
});

test("a program that is not there is no server", async () => {
  expect(await inspect(join(folder, "missing"))).toBeUndefined();
});

test("without any source it says in one sentence what to install", async () => {
  const variables = { PATH: folder };
  const before = process.env["PATH"];
  process.env["PATH"] = folder;
  try {
    const search = findNatsServer(join(folder, "cache"), { say: () => undefined, variables, accept: "old" });
    await expect(search).rejects.toThrow(NoNatsServer);
    await expect(search).rejects.toThrow(/install nats-server 2\.12\.12 or newer and put it on PATH/);
    const strict = findNatsServer(join(folder, "cache"), {
      say: () => undefined,
      variables,
      accept: "verified",
    });
    await expect(strict).rejects.toThrow(/Debian's package: .*NATTER_NATS_SERVER=old/);
  } finally {
    process.env["PATH"] = before;
  }
}, 60_000);

test("a port that is taken is replaced by a free one", async () => {
  const server = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  expect(await freePort(port)).not.toBe(port);
  // And a server that is none of NATS is not taken for one.
  expect(await waitForGreeting(port, { timeoutMs: 300 })).toBe(false);
  server.close();
});

test("only the server that was started is greeted, however the greeting is cut", async () => {
  const greeting = `INFO ${JSON.stringify({ server_name: "mine", version: "2.12.15" })} \r\n`;
  const server = createServer((socket) => {
    socket.write(greeting.slice(0, 20));
    setTimeout(() => socket.end(greeting.slice(20)), 20);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  expect(await waitForGreeting(port, { timeoutMs: 2_000, serverName: "mine" })).toBe(true);
  expect(await waitForGreeting(port, { timeoutMs: 300, serverName: "another" })).toBe(false);
  server.close();
});
