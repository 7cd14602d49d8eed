import { openOwnLog, recordingLogger, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection } from "../src/index.ts";
import { textOf } from "./support/bytes.ts";

let server: TestNatsServer;
let connection: Connection;
const logger = recordingLogger();

beforeAll(async () => {
  server = await startNatsServer();
  connection = await Connection.open({ url: server.url, name: "test", logger });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

describe("a subscription", () => {
  it("goes on, as does the connection, when its callback throws", async () => {
    const heard: string[] = [];
    connection.subscribe("t.throws", (message) => {
      heard.push(textOf(message.data));
      throw new Error("a defect");
    });
    for (const text of ["1", "2"]) connection.publish("t.throws", new TextEncoder().encode(text));
    await connection.flush();
    await waitFor(() => heard.length === 2, { what: "both messages" });
    expect(logger.lines).toContainEqual(
      expect.objectContaining({ level: "error", message: "message handler failed" }),
    );
  });
});

describe("publishing", () => {
  it("of what many say in one turn keeps their order, and `flush` sends it", async () => {
    const heard: string[] = [];
    connection.subscribe("t.soon", (message) => heard.push(textOf(message.data)));
    const texts = Array.from({ length: 50 }, (_, n) => String(n));
    for (const text of texts) connection.publishSoon("t.soon", new TextEncoder().encode(text));
    await connection.flush();
    await waitFor(() => heard.length === texts.length, { what: "all messages" });
    expect(heard).toEqual(texts);
  });

  it("does not throw for what the broker would not take, at once or in a later turn", async () => {
    const huge = new Uint8Array(2_000_000);
    const heard: string[] = [];
    connection.subscribe("t.huge", (message) => heard.push(textOf(message.data)));
    connection.publish("t.huge", huge);
    connection.publishSoon("t.huge", huge);
    connection.publishSoon("t.huge", new TextEncoder().encode("after"));
    await waitFor(() => heard.length > 0, { what: "the message after the huge ones" });
    expect(heard).toEqual(["after"]);
  });

  it("does nothing after the end", async () => {
    const own = await Connection.open({ url: server.url, name: "t/est 1", logger });
    await own.close();
    own.publish("t.end", new Uint8Array());
    await own.close();
    await waitFor(() => !own.connected, { what: "the end" });
    expect(await own.whenConnected(1)).toBe(false);
  });
});

describe("a connection", () => {
  it("waits for a broker that is not there yet", async () => {
    const later = await startNatsServer();
    await later.kill("SIGKILL");
    const opening = Connection.open({ url: later.url, name: "early", logger });
    await later.restart();
    const opened = await opening;
    expect(opened.connected).toBe(true);
    await opened.close();
    await later.stop();
  });

  it("tells of its way back, to every listener, also after one that throws", async () => {
    await using own = await openOwnLog();
    let told = 0;
    own.connection.onReconnect(() => Promise.reject(new Error("a defect")));
    own.connection.onReconnect(() => void told++);
    await own.server.kill("SIGKILL");
    await waitFor(() => !own.connection.connected, { what: "the end of the connection" });
    expect(await own.connection.whenConnected(1)).toBe(false);
    const back = own.connection.whenConnected(20_000);
    await own.server.restart();
    expect(await back).toBe(true);
    await waitFor(() => told === 1, { what: "the listener" });
    expect(own.logger.lines.map(({ message }) => message)).toContain("reconnect handler failed");
  });

  it("ends in time while its broker is away", async () => {
    await using own = await openOwnLog();
    await own.server.kill("SIGSTOP");
    const begun = performance.now();
    await own.connection.close();
    expect(performance.now() - begun).toBeLessThan(4_000);
    await own.server.kill("SIGCONT");
  });
});
