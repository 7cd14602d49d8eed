import { newSession, openOwnLog, type OwnLog } from "@natter/testing";
import { encodeFrame, limits, streamName, subjects, type RpcReply, type RpcVerb } from "@natter/protocol";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  AnswerTooLarge,
  LogUnreadable,
  SessionView,
  StoreUnavailable,
  StoreClient,
} from "../../src/index.ts";
import { operatorOf } from "../../src/testing.ts";
import { bytesOf } from "../support/bytes.ts";

let own: OwnLog;

beforeAll(async () => {
  own = await openOwnLog();
});
afterAll(async () => own?.[Symbol.asyncDispose]());

function viewOf(opened: OwnLog): SessionView {
  return new SessionView({ log: opened.log, store: new StoreClient(opened.connection) });
}

/** A persistence service that gives the answers of `answer`, until the test ends. */
async function serve<V extends RpcVerb>(opened: OwnLog, verb: V, answer: () => RpcReply<V>): Promise<void> {
  const { connection } = opened;
  const subscription = connection.subscribe(
    subjects.rpc(verb),
    (message) => void message.respond(encodeFrame(answer())),
  );
  await connection.flush();
  onTestFinished(() => subscription.unsubscribe());
}

function detailsAt(epoch: string, appliedSeq: number): RpcReply<"details"> {
  return { ok: true, details: { title: "stored" }, readMarks: [], epoch, appliedSeq };
}

/** Appends `session_updated` events. @returns their seqs */
async function appendTitles(opened: OwnLog, sessionId: string, ...titles: string[]): Promise<number[]> {
  const seqs: number[] = [];
  const head = {
    type: "session_updated",
    user: { id: "u", name: "Ann" },
    sentAt: "2026-01-01T00:00:00.000Z",
  };
  for (const title of titles) {
    const id = `${sessionId}-${title}`;
    const { seq } = await opened.log.append(sessionId, bytesOf({ ...head, id, title }), { eventId: id });
    seqs.push(seq);
  }
  return seqs;
}

const titlesIn = (events: readonly { event: object }[]): unknown[] =>
  events.map(({ event }) => (event as { title?: string }).title);

test("session view - it is the store's answer and the events after appliedSeq", async () => {
  const sessionId = newSession();
  const [first = 0, , last = 0] = await appendTitles(own, sessionId, "a", "b", "c");
  await serve(own, "details", () => detailsAt(own.log.epoch, first));
  const view = await viewOf(own).read(sessionId, "details", { sessionId }, "required");
  expect(view.answer.details).toEqual({ title: "stored" });
  expect(titlesIn(view.events)).toEqual(["b", "c"]);
  expect(view).toMatchObject({
    epoch: own.log.epoch,
    appliedSeq: first,
    lastSeq: last,
    endSeq: last,
    isCut: false,
  });
});

test("session view - an event that is recorded while the store answers is in the view", async () => {
  const sessionId = newSession();
  const [first = 0] = await appendTitles(own, sessionId, "a");
  const client = new StoreClient(own.connection);
  await serve(own, "details", () => detailsAt(own.log.epoch, first));
  const slowStore: Pick<StoreClient, "ask"> = {
    ask: async (verb, question) => {
      const answer = await client.ask(verb, question);
      await appendTitles(own, sessionId, "b");
      return answer;
    },
  };
  const view = await new SessionView({ log: own.log, store: slowStore }).read(
    sessionId,
    "details",
    { sessionId },
    "required",
  );
  expect(titlesIn(view.events)).toEqual(["b"]);
});

test("session view - bytes that are no event are left out, and count as read", async () => {
  const sessionId = newSession();
  await appendTitles(own, sessionId, "a");
  const { seq } = await own.log.append(sessionId, bytesOf({ type: "message" }), {
    eventId: `${sessionId}-x`,
  });
  const { events, lastSeq } = await viewOf(own).readLog(sessionId, 0);
  expect([titlesIn(events), lastSeq]).toEqual([["a"], seq]);
});

test("session view - a required store that is away is an error", async () => {
  const sessionId = newSession();
  const reading = viewOf(own).read(sessionId, "details", { sessionId }, "required");
  await expect(reading).rejects.toBeInstanceOf(StoreUnavailable);
});

test("session view - with the log alone it begins at the first event, without an answer", async () => {
  const sessionId = newSession();
  await appendTitles(own, sessionId, "a", "b");
  const view = await viewOf(own).read(sessionId, "details", { sessionId }, "log-alone");
  expect(view.answer).toBeUndefined();
  expect([view.appliedSeq, titlesIn(view.events)]).toEqual([0, ["a", "b"]]);
});

test("session view - an answer that no message holds is an error if it is required, and else the log alone", async () => {
  const sessionId = newSession();
  await appendTitles(own, sessionId, "a");
  await serve(own, "details", () => ({ ok: false, error: "too_large" }));
  const view = viewOf(own);
  const required = view.read(sessionId, "details", { sessionId }, "required");
  await expect(required).rejects.toBeInstanceOf(AnswerTooLarge);
  const { answer, events } = await view.read(sessionId, "details", { sessionId }, "log-alone");
  expect([answer, titlesIn(events)]).toEqual([undefined, ["a"]]);
});

test("session view - a store of an earlier epoch has applied nothing of the log, and its answer stays", async () => {
  const sessionId = newSession();
  await appendTitles(own, sessionId, "a");
  await serve(own, "details", () => detailsAt("1-0", 1_000));
  const view = await viewOf(own).read(sessionId, "details", { sessionId }, "required");
  expect(view.answer.details).toEqual({ title: "stored" });
  expect([view.epoch, view.appliedSeq, titlesIn(view.events)]).toEqual([own.log.epoch, 0, ["a"]]);
});

test("session view - a log that has not heard of the store's epoch learns it, and counts what the store has", async () => {
  await using other = await openOwnLog();
  const sessionId = newSession();
  const before = other.log.epoch;
  await operatorOf(other.log).streams.update(streamName, { description: "marker=7" });
  const epoch = before.replace(/-0$/, "-7");
  const [first = 0] = await appendTitles(other, sessionId, "a", "b");
  expect(other.log.epoch).toBe(before);
  await serve(other, "details", () => detailsAt(epoch, first));
  const view = await viewOf(other).read(sessionId, "details", { sessionId }, "required");
  expect([view.epoch, other.log.epoch]).toEqual([epoch, epoch]);
  expect([view.appliedSeq, titlesIn(view.events)]).toEqual([first, ["b"]]);
});

test("session view - an epoch that begins between the answer and the log does not mix the two", async () => {
  await using other = await openOwnLog();
  const sessionId = newSession();
  const [first = 0] = await appendTitles(other, sessionId, "a");
  const { log } = other;
  await serve(other, "details", () => detailsAt(log.epoch, first));
  let readings = 0;
  const renumbered: ConstructorParameters<typeof SessionView>[0]["log"] = {
    get epoch() {
      return log.epoch;
    },
    ensure: () => log.ensure(),
    bounds: () => log.bounds(),
    readStep: (session, range) => log.readStep(session, range),
    countFrom: (session, seq) => log.countFrom(session, seq),
    last: async (session) => {
      if (readings++ === 0) await log.beginEpoch(7);
      return log.last(session);
    },
  };
  const view = new SessionView({ log: renumbered, store: new StoreClient(other.connection) });
  const { epoch, appliedSeq } = await view.read(sessionId, "details", { sessionId }, "required");
  expect([epoch, appliedSeq, readings]).toEqual([log.epoch, first, 2]);
});

test("session view - a session without events ends where the log ends", async () => {
  const [seq = 0] = await appendTitles(own, newSession(), "a");
  const part = await viewOf(own).readLog(newSession(), 0);
  expect(part).toEqual({ events: [], isCut: false, lastSeq: 0, endSeq: seq });
});

test("session view - a store that is ahead of the session's last event ends the view", async () => {
  const sessionId = newSession();
  const [seq = 0] = await appendTitles(own, sessionId, "a");
  await serve(own, "details", () => detailsAt(own.log.epoch, seq + 5));
  const view = await viewOf(own).read(sessionId, "details", { sessionId }, "required");
  expect([view.events, view.lastSeq, view.endSeq]).toEqual([[], seq, seq + 5]);
});

test("session view - a tail that is longer than its bound is cut, and says so", async () => {
  const sessionId = newSession();
  const numbers = Array.from({ length: limits.tailEvents + 1 }, (_, n) => `${n}`);
  await Promise.all(numbers.map((title) => appendTitles(own, sessionId, title)));
  const { isCut, events } = await viewOf(own).readLog(sessionId, 0);
  expect(isCut).toBe(true);
  expect(events.length).toBeLessThanOrEqual(limits.tailEvents);
});

test("session view - a log that cannot be read is an error, never an empty view", async () => {
  await using other = await openOwnLog();
  await operatorOf(other.log).streams.delete(streamName);
  await expect(viewOf(other).readLog("s", 0)).rejects.toBeInstanceOf(LogUnreadable);
});
