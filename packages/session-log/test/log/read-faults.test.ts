import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import { newSession, recordingLogger, startNatsServer, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Connection, SessionLog } from "../../src/index.ts";
import { bytesOf, collect } from "../support/bytes.ts";

const streamOptions = { replicas: 1, maxAgeSeconds: 3_600, maxBytes: -1, dedupeWindowSeconds: 600 };
const endMark = /HMSG [^\r]+\r\nNATS\/1\.0 204 [^]*?\r\n\r\n\r\n/g;
const third = /HMSG [^\r]+\r\n(?:(?!HMSG)[^])*?\{"n":3\}\r\n/g;

let server: TestNatsServer;
let line: Server;
/** What is lost on the way from the broker. */
let lost: RegExp | undefined;
let connection: Connection;
let log: SessionLog;

/** A connection to the broker through a line that loses single messages, as a reconnect at a bad moment does. */
beforeAll(async () => {
  server = await startNatsServer();
  line = createServer((near) => {
    const far = connect(server.port, "127.0.0.1");
    near.pipe(far);
    far.on("data", (data: Buffer) => {
      const text = data.toString("latin1");
      near.write(lost ? text.replaceAll(lost, "") : text, "latin1");
    });
    far.on("close", () => near.destroy());
    near.on("close", () => far.destroy());
    near.on("error", () => undefined);
  });
  line.listen(0, "127.0.0.1");
  await once(line, "listening");
  const url = `nats://127.0.0.1:${(line.address() as AddressInfo).port}`;
  connection = await Connection.open({ url, name: "test", logger: recordingLogger() });
  log = await SessionLog.open(connection, streamOptions, recordingLogger());
});

afterAll(async () => {
  await connection.close();
  line.close();
  await server.stop();
});

async function readAfterLosing(messages: RegExp): Promise<number[]> {
  const sessionId = newSession();
  for (let n = 0; n < 6; n++) await log.append(sessionId, bytesOf({ n }), { eventId: `${sessionId}-${n}` });
  lost = messages;
  try {
    const last = await log.last(sessionId);
    const events = await collect(log.read(sessionId, { after: 0, upTo: last?.seq ?? 0 }));
    return events.map(({ bytes }) => (JSON.parse(new TextDecoder().decode(bytes)) as { n: number }).n);
  } finally {
    lost = undefined;
  }
}

describe("a batch that does not arrive as it was sent", () => {
  it("ends, and with every event, when its end mark is lost", async () => {
    expect(await readAfterLosing(endMark)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it("has no hole when an event in it is lost", async () => {
    expect(await readAfterLosing(third)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
