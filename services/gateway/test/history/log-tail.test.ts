import { SessionView, StoreUnavailable, type StoreClient } from "@natter/session-log";
import { encodeFrame, limits } from "@natter/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { History } from "../../src/history/history.ts";
import { messageEvent, newSession, replyFrames, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

async function fill(sessionId: string, count: number, text = "x"): Promise<number[]> {
  const messages = Array.from({ length: count }, (_, n) => ({
    ...messageEvent(`${sessionId}-${n}`, text),
    n,
  }));
  const seqs: number[] = [];
  for (let begin = 0; begin < count; begin += 200) {
    const part = messages.slice(begin, begin + 200);
    seqs.push(...(await Promise.all(part.map(async (message) => world.append(sessionId, message)))));
  }
  return seqs.toSorted((left, right) => left - right);
}

/** The real log, which tells how much of it was read. */
function countingLog() {
  const { log } = world;
  const read = { events: 0, bytes: 0, counts: 0 };
  const reader: Pick<typeof log, "readStep" | "countFrom"> = {
    async readStep(sessionId, range) {
      const events = await log.readStep(sessionId, range);
      read.events += events.length;
      for (const { bytes } of events) read.bytes += bytes.length;
      return events;
    },
    async countFrom(sessionId, seq) {
      read.counts++;
      return log.countFrom(sessionId, seq);
    },
  };
  const counting = {
    epoch: log.epoch,
    ensure: async () => log.ensure(),
    ...reader,
    last: async (sessionId: string) => log.last(sessionId),
    bounds: async () => log.bounds(),
  };
  return { log: counting, read };
}

/** Pages that are made of `store` and the real log. */
function historyWith(store: Pick<StoreClient, "ask">) {
  const { log, read } = countingLog();
  return { history: new History({ log, view: new SessionView({ log, store }) }), read };
}

const storeAway: Pick<StoreClient, "ask"> = {
  ask: async () => {
    throw new StoreUnavailable("away");
  },
};

/** A store that has recorded nothing yet. */
const storeBehind = {
  ask: async () => ({
    messages: [],
    hasMore: false,
    known: true,
    details: {},
    readMarks: [],
    epoch: "",
    appliedSeq: 0,
  }),
} as unknown as Pick<StoreClient, "ask">;

describe("a page of a long session -", () => {
  it.each([
    ["away", storeAway],
    ["far behind", storeBehind],
  ])("is its last messages while the store is %s, and there are older ones", async (_name, store) => {
    const sessionId = newSession();
    await fill(sessionId, 3 * limits.tailEvents);
    const { history, read } = historyWith(store);
    const { messages, hasMore } = await history.page(sessionId, { limit: 20, reader: "u" });
    expect([messages.length, hasMore, read.events <= limits.tailEvents]).toEqual([20, true, true]);
    const last = await world.log.last(sessionId);
    expect(messages.at(-1)?.seq).toBe(last?.seq);
    await expect(
      history.page(sessionId, { limit: 20, before: messages[0]?.id ?? "", reader: "u" }),
    ).rejects.toThrow(/cannot be read now|away/);
  });
});

describe("a page that is made of the log", () => {
  const ann = { id: "guest-1", name: "Ann" };
  const head = { user: ann, sentAt: "2026-01-02T00:00:00.000Z" };

  it.each([
    ["away", storeAway],
    ["behind", storeBehind],
  ])("has nothing of a deleted session while the store is %s", async (_name, store) => {
    const sessionId = newSession();
    await world.append(sessionId, messageEvent("before", "secret"));
    await world.append(sessionId, replyFrames("before.before").start());
    await world.append(sessionId, { type: "session_deleted", id: `${sessionId}-d`, ...head });
    await world.append(sessionId, { ...replyFrames("before.before").complete(1), message: "secret" });
    await world.append(sessionId, messageEvent("after", "after"));
    const { messages } = await historyWith(store).history.page(sessionId, {
      limit: 20,
      reader: "u",
    });
    expect(messages.map(({ message }) => message)).toEqual(["after"]);
  });

  it("is whole if somebody deleted the session who may not", async () => {
    const sessionId = newSession();
    await world.append(sessionId, messageEvent("mine", "mine"));
    await world.append(sessionId, {
      type: "session_deleted",
      id: `${sessionId}-d`,
      ...head,
      user: { id: "guest-2", name: "Ben" },
    });
    const { history } = historyWith(storeBehind);
    expect((await history.page(sessionId, { limit: 20, reader: "u" })).messages).toHaveLength(1);
  });

  it("shows that a deleted message was there, and not what it said", async () => {
    const sessionId = newSession();
    await world.append(sessionId, messageEvent("d", "secret"));
    await world.append(sessionId, { type: "message_deleted", id: `${sessionId}-d`, ...head, messageId: "d" });
    const { history } = historyWith(storeAway);
    const { messages } = await history.page(sessionId, { limit: 20, reader: "u" });
    expect(messages).toMatchObject([{ id: "d", message: "", deletedAt: head.sentAt }]);
  });

  it("skips what is no event", async () => {
    const sessionId = newSession();
    for (const value of [{ type: "message" }, { type: "message", id: 1 }, [], 7])
      await world.log.append(sessionId, encodeFrame(value as object), {
        eventId: `${sessionId}-${JSON.stringify(value)}`,
      });
    await world.append(sessionId, messageEvent("only"));
    const { history } = historyWith(storeAway);
    expect((await history.page(sessionId, { limit: 20, reader: "u" })).messages).toHaveLength(1);
  });
});
