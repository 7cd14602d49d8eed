import { connect, type Socket } from "node:net";
import { Connection, SessionLog } from "@natter/session-log";
import { encodeFrame, limits, timings } from "@natter/protocol";
import { waitFor, recordingLogger } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayProcess } from "../support/gateway-process.ts";
import { upgradeRequest, wireFrame } from "../support/raw-socket.ts";
import { messageEvent } from "../support/world.ts";

const sessionId = "paused";
const sockets = 60;
const megabyte = 1_048_576;
/** What the collector has not looked at yet of all that was read and written. Without bounds it would be 240 MB and more. */
const spareBytes = 64 * megabyte;

let gateway: GatewayProcess;
let since: string;

beforeAll(async () => {
  gateway = await GatewayProcess.start();
  const logger = recordingLogger();
  const connection = await Connection.open({ url: gateway.server.url, name: "test", logger });
  const log = await SessionLog.open(
    connection,
    { replicas: 1, maxAgeSeconds: 604_800, maxBytes: -1, dedupeWindowSeconds: 600 },
    logger,
  );
  const text = "x".repeat(4_000);
  let first = 0;
  for (let n = 0; n < 950; n++) {
    const { seq } = await log.append(sessionId, encodeFrame(messageEvent(`m${n}`, text)), {
      eventId: `m${n}`,
    });
    first ||= seq;
  }
  since = `${log.epoch}.${first - 1}`;
  await connection.close();
});

afterAll(async () => gateway?.[Symbol.asyncDispose]());

/** Sends its request, and reads not one byte of what comes. */
function pausedSocket(request: string): Socket & { isOver: boolean } {
  const socket = connect(gateway.port, "127.0.0.1").pause();
  const over = Object.assign(socket, { isOver: false });
  socket.on("error", () => undefined);
  socket.on("close", () => (over.isOver = true));
  socket.write(request);
  return over;
}

test.runIf(process.platform === "linux").each([
  ["sockets that send pongs which nobody asked for", true],
  ["event streams", false],
])(
  "%s and read nothing take little memory, and are closed within 45 s",
  async (_what, isSocket) => {
    const before = await gateway.residentBytes();
    const path = isSocket ? `/ws/chat/${sessionId}/` : `/api/sessions/${sessionId}/events`;
    const query = `?since=${since}`;
    const request = isSocket
      ? upgradeRequest(path + query)
      : `GET ${path}${query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n\r\n`;
    const crowd = Array.from({ length: sockets }, () => pausedSocket(request));
    const begun = performance.now();
    let most = 0;
    const say = setInterval(() => {
      // To write is how one who reads nothing learns that nobody is there any more.
      for (const socket of crowd)
        if (!socket.destroyed) socket.write(isSocket ? wireFrame("", { opcode: 10 }) : "\r\n");
    }, 2_000);
    try {
      await waitFor(
        async () => {
          most = Math.max(most, await gateway.residentBytes());
          return crowd.every(({ isOver }) => isOver);
        },
        { what: "the end of all of them", timeoutMs: 50_000 },
      );
    } finally {
      clearInterval(say);
      for (const socket of crowd) socket.destroy();
    }
    expect(performance.now() - begun).toBeGreaterThan(timings.stallMs / 2);
    expect(performance.now() - begun).toBeLessThan(45_000);
    const perSocket = limits.logStepBytes + limits.replayWindowBytes;
    expect(most - before).toBeLessThan(sockets * perSocket + spareBytes);
    await gateway.expectHealthy();
  },
  120_000,
);
