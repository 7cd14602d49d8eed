import { Connection } from "@natter/session-log";
import { limits, replyIdOf, subjects, type ReplySoFar } from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import { startNatsServer, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FlushTimer } from "../../src/reply/chunk-coalescer.ts";
import { RunningReply } from "../../src/reply/running-reply.ts";

let server: TestNatsServer;
let connection: Connection;

beforeAll(async () => {
  server = await startNatsServer();
  const logger = createLogger("test", { level: "silent", instance: undefined });
  connection = await Connection.open({ url: server.url, name: "test", logger });
});
afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const longId = "i".repeat(64);

/** A reply that says every letter as a chunk of its own. */
function openReply(sessionId: string): RunningReply {
  const reply = new RunningReply({
    connection,
    timer: new FlushTimer(),
    windowMs: 0,
    sessionId,
    id: replyIdOf(longId, longId),
    attempt: 1,
    claim: "c".repeat(64),
    isFresh: () => true,
    onDefect: (error) => {
      throw error;
    },
  });
  reply.own();
  return reply;
}

async function ask(sessionId: string): Promise<{ bytes: number; answer: ReplySoFar }> {
  const message = await connection.request(subjects.reply(sessionId), new Uint8Array(), {
    timeoutMs: 3_000,
  });
  return { bytes: message.data.length, answer: message.json() };
}

describe("a running reply", () => {
  test("that said the most in the most chunks is told in one message of the broker, none of it lost", async () => {
    const reply = openReply("largest");
    const smallChunks = limits.toldChunks + 150_000;
    for (let n = 0; n < smallChunks; n++) reply.add({ type: "text", text: '가a\u0001"'[n % 4] ?? "" });
    while (reply.add({ type: "text", text: "\u0002".repeat(100) }));
    for (let n = 0; n < 50; n++) reply.add({ type: "reasoning", text: "\u0003".repeat(1_000) });
    await reply.finish();
    const { bytes, answer } = await ask("largest");
    expect(bytes).toBeLessThan(limits.brokerMessageBytes);
    expect(bytes).toBeGreaterThan(limits.replyTextBytes + limits.replyReasoningBytes);
    const { said } = reply;
    const { chunks, from = 0, before = "", reasoning } = answer as Extract<ReplySoFar, { state: "replying" }>;
    expect(from + chunks.length).toBe(said.chunks);
    expect(before + chunks.join("")).toBe(said.text);
    expect(reasoning).toBe(said.reasoning);
    reply.close();
  }, 30_000);

  test("tells each chunk as long as there are not too many", async () => {
    const reply = openReply("short");
    for (let n = 0; n < 100; n++) reply.add({ type: "text", text: String(n % 10) });
    await reply.finish();
    const { answer } = await ask("short");
    expect(answer).toMatchObject({ chunks: Array.from({ length: 100 }, (_, n) => String(n % 10)) });
    expect(answer).not.toHaveProperty("from");
    reply.close();
  });
});
