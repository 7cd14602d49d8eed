import { encodeFrame, limits, subjects, timings, type RpcReply } from "@natter/protocol";
import { recordingLogger, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { Connection, isNoResponders, StoreServer, type StoreQuestion } from "../../src/index.ts";
import { bytesOf } from "../support/bytes.ts";

let server: TestNatsServer;
let connection: Connection;
const logger = recordingLogger();
const receipt: RpcReply<"receipt"> = { ok: true, receipt: null, epoch: "1-0", appliedSeq: 3 };

beforeAll(async () => {
  server = await startNatsServer();
  connection = await Connection.open({ url: server.url, name: "test", logger });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

async function serve(onQuestion: (question: StoreQuestion) => void): Promise<StoreServer> {
  const storeServer = new StoreServer({ connection, logger, onQuestion });
  storeServer.start();
  await connection.flush();
  onTestFinished(() => storeServer.stop());
  return storeServer;
}

async function ask(question: Uint8Array, headers?: Record<string, string>): Promise<unknown> {
  const options = { timeoutMs: 3_000, ...(headers ? { headers } : {}) };
  return (await connection.request(subjects.rpc("receipt"), question, options)).json();
}

test("store server - a question of the schema is handed on with its verb, and its answer is sent", async () => {
  const questions: StoreQuestion[] = [];
  await serve((question) => {
    questions.push(question);
    question.respond(receipt);
  });
  expect(await ask(bytesOf({ eventId: "e" }))).toEqual(receipt);
  expect(questions).toMatchObject([{ verb: "receipt", question: { eventId: "e" } }]);
});

test.each(["", "not json", "[]", "null", "{}", '{"eventId":7}'])(
  "store server - the question %j is answered as malformed, and is not handed on",
  async (text) => {
    const questions: StoreQuestion[] = [];
    await serve((question) => questions.push(question));
    expect(await ask(new TextEncoder().encode(text))).toEqual({ ok: false, error: "malformed" });
    expect(questions).toEqual([]);
  },
);

test.each<[string, Record<string, string> | undefined, number]>([
  ["the time that its asker waits", { "Natter-Wait-Ms": "250" }, 250],
  ["the usual time without a header", undefined, timings.storeMs],
  ["the usual time with a header that is no number", { "Natter-Wait-Ms": "soon" }, timings.storeMs],
  ["the usual time with a header that is no time", { "Natter-Wait-Ms": "-1" }, timings.storeMs],
])("store server - a question has %s", async (_what, headers, expected) => {
  let waitMs: number | undefined;
  await serve((question) => {
    ({ waitMs } = question);
    question.respond(receipt);
  });
  await ask(bytesOf({ eventId: "e" }), headers);
  expect(waitMs).toBe(expected);
});

test("store server - an answer that no message holds is sent as too_large", async () => {
  const bodyHash = "x".repeat(limits.brokerMessageBytes);
  const position = { epoch: "1-0", seq: 1 };
  await serve(({ respond }) => respond({ ...receipt, receipt: { position, bodyHash } }));
  expect(await ask(bytesOf({ eventId: "e" }))).toEqual({ ok: false, error: "too_large" });
  expect(logger.lines).toContainEqual(
    expect.objectContaining({ level: "error", message: "an answer is too large" }),
  );
});

test("store server - two servers share the questions, each question once", async () => {
  const counts = [0, 0];
  for (const index of counts.keys())
    await serve(({ respond }) => {
      counts[index] = (counts[index] ?? 0) + 1;
      respond(receipt);
    });
  const questions = Array.from({ length: 50 }, (_, n) => ask(encodeFrame({ eventId: `e${n}` })));
  await Promise.all(questions);
  expect((counts[0] ?? 0) + (counts[1] ?? 0)).toBe(50);
  expect(Math.min(...counts)).toBeGreaterThan(0);
});

test("store server - a stopped server takes no more questions, and can answer those that it took", async () => {
  const taken: StoreQuestion[] = [];
  const storeServer = await serve((question) => taken.push(question));
  const early = ask(bytesOf({ eventId: "early" }));
  await waitFor(() => taken.length === 1, { what: "the question" });
  storeServer.stop();
  await connection.flush();
  const late = await ask(bytesOf({ eventId: "late" })).catch((error: unknown) => error);
  expect(isNoResponders(late)).toBe(true);
  taken[0]?.respond(receipt);
  expect(await early).toEqual(receipt);
});
