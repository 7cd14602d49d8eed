import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, waitForGreeting } from "@natter/nats-server";
import { startNatsServer, testBinary } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { LogPrinter } from "../src/processes/log-lines.ts";
import { startOwnBroker, type OwnBroker } from "../src/broker/own-broker.ts";
import { SupervisedProcess } from "../src/processes/supervised-process.ts";

let folder: string;
const launched: SupervisedProcess[] = [];
const foreign: Server[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-broker-"));
});
afterEach(async () => {
  await Promise.all(launched.splice(0).map(async (each) => each.stop()));
  for (const server of foreign.splice(0)) server.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a start does for its broker. The first port that it tries is `port`, as if that had been free. */
async function startBroker(
  port: number,
  others: () => Promise<number>,
): Promise<{ port: number; said: string[] }> {
  const { path, version } = await testBinary();
  const said: string[] = [];
  const launch: OwnBroker["launch"] = async (plan, how) => {
    const supervised = new SupervisedProcess(plan, {
      printer: new LogPrinter(() => undefined, false),
      say: (line) => said.push(line),
      onChange: () => undefined,
      variables: process.env,
      ...how,
    });
    launched.push(supervised);
    await supervised.start();
  };
  const url = await startOwnBroker({
    command: path,
    version,
    mark: "natter-mine",
    secret: "a-secret",
    configFile: join(folder, "nats.conf"),
    storeDir: join(folder, "nats"),
    say: (line) => said.push(line),
    launch,
    choosePort: async (tried) => (tried === 0 ? port : others()),
  });
  return { port: Number(new URL(url).port), said };
}

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    onSocket(socket);
  });
  foreign.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

async function expectAnother(taken: number): Promise<void> {
  const { port, said } = await startBroker(taken, freePort);
  expect(port).not.toBe(taken);
  expect(await waitForGreeting(port, { timeoutMs: 5_000, serverName: "natter-mine" })).toBe(true);
  expect(said).toContain(`port ${taken} was taken by another program in the meantime`);
}

describe("a start whose port was taken after it had looked", () => {
  test("does not take a foreign broker for its own", async () => {
    await using other = await startNatsServer();
    await expectAnother(other.port);
  });

  test("does not take a foreign program that greets like a broker for its own", async () => {
    await expectAnother(
      await listen((socket) => socket.write('INFO {"server_name":"natter-other","port":4222}\r\n')),
    );
  });

  test("does not wait for a foreign program that says nothing", async () => {
    await expectAnother(await listen(() => undefined));
  });

  test("ends with one line when it finds no port", async () => {
    const taken = await listen(() => undefined);
    await expect(startBroker(taken, async () => taken)).rejects.toThrow(
      /^nats ended with code 1 before it was ready: .*address already in use"?$/,
    );
    expect(launched).toHaveLength(5);
  });
});

describe("a greeting", () => {
  const halves = ['INFO {"server_name":"nat', 'ter-mine"}\r\n'];

  test("that arrives in two parts is read whole", async () => {
    const port = await listen((socket) => {
      socket.write(halves[0] ?? "", () => setImmediate(() => socket.write(halves[1] ?? "")));
    });
    expect(await waitForGreeting(port, { timeoutMs: 5_000, serverName: "natter-mine" })).toBe(true);
  });

  test.each([
    ["has no end", `INFO ${"x".repeat(100_000)}`],
    ["is no JSON", "INFO {\r\n"],
    ["is another protocol's", "220 mail ready\r\n"],
    ["has no name", "INFO {}\r\n"],
  ])("that %s is no broker's of ours", async (_what, text) => {
    const port = await listen((socket) => socket.write(text));
    expect(await waitForGreeting(port, { timeoutMs: 300, serverName: "natter-mine" })).toBe(false);
  });
});
