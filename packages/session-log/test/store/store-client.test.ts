import { encodeFrame, subjects, type RpcReply } from "@natter/protocol";
import { openOwnLog, recordingLogger, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { AnswerTooLarge, Connection, isOutage, StoreUnavailable, StoreClient } from "../../src/index.ts";
import { bytesOf, textOf } from "../support/bytes.ts";

let server: TestNatsServer;
let connection: Connection;

beforeAll(async () => {
  server = await startNatsServer();
  connection = await Connection.open({ url: server.url, name: "test", logger: recordingLogger() });
});

afterAll(async () => {
  await connection?.close();
  await server?.stop();
});

const applied = { epoch: "1-0", appliedSeq: 3 };

test("store client - it resolves with the answer of the persistence service", async () => {
  const answer: RpcReply<"details"> = {
    ok: true,
    ...applied,
    details: { title: "", systemPrompt: "", model: "" },
    readMarks: [],
  };
  const questions: string[] = [];
  const subscription = connection.subscribe(subjects.rpc("details"), (message) => {
    questions.push(textOf(message.data));
    message.respond(encodeFrame(answer));
  });
  expect(await new StoreClient(connection).ask("details", { sessionId: "s" })).toMatchObject(applied);
  expect(questions).toEqual(['{"sessionId":"s"}']);
  subscription.unsubscribe();
});

test.each([
  ["is not there", undefined],
  ["says that it cannot be asked", bytesOf({ ok: false, error: "unavailable" })],
  ["answers something else than JSON", new TextEncoder().encode("?")],
  ["answers no object", new TextEncoder().encode("[]")],
])("store client - a persistence service that %s is a store that is away", async (_how, answer) => {
  const subscription =
    answer && connection.subscribe(subjects.rpc("sessions"), (message) => void message.respond(answer));
  const asked = new StoreClient(connection).ask("sessions", { userId: "u", limit: 1, archived: false });
  await expect(asked).rejects.toBeInstanceOf(StoreUnavailable);
  subscription?.unsubscribe();
});

test("store client - an answer that no message holds is AnswerTooLarge, and no outage", async () => {
  const tooLarge = bytesOf({ ok: false, error: "too_large" });
  const subscription = connection.subscribe(
    subjects.rpc("sessions"),
    (message) => void message.respond(tooLarge),
  );
  const asked = new StoreClient(connection).ask("sessions", { userId: "u", limit: 1, archived: false });
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(AnswerTooLarge);
  expect(isOutage(error)).toBe(false);
  subscription.unsubscribe();
});

test("store client - a silent service is away after the given time, and a broker that is away at once", async () => {
  const subscription = connection.subscribe(subjects.rpc("mark"), () => undefined);
  const question = { userId: "u", sessionId: "s", pinned: true };
  await expect(new StoreClient(connection).ask("mark", question, 100)).rejects.toBeInstanceOf(
    StoreUnavailable,
  );
  subscription.unsubscribe();
  await using own = await openOwnLog();
  await own.server.kill("SIGKILL");
  await waitFor(() => !own.connection.connected, { what: "the end of the connection" });
  await expect(new StoreClient(own.connection).ask("mark", question)).rejects.toThrow("the broker is away");
});
