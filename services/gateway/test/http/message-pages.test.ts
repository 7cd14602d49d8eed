import type { PageMessage, Position, RpcReply } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageEvent, newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

/**
 * A store that has everything but these: a recorder died with them in its hands, and another one has recorded what came
 * after them.
 */
async function storeWithout(
  sessionId: string,
  missing: readonly string[],
): Promise<{ end(): void; seqs: number[] }> {
  const names = ["m1", "m2", "m3", "m4", "m5", "m6"];
  const seqs: number[] = [];
  const stored: PageMessage[] = [];
  for (const name of names) {
    const event = messageEvent(`${sessionId}-${name}`, name);
    const seq = await world.append(sessionId, event);
    seqs.push(seq);
    if (!missing.includes(name)) stored.push({ ...event, seq } as unknown as PageMessage);
  }
  const firstMissing = names.findIndex((name) => missing.includes(name));
  const appliedSeq = (seqs[firstMissing] ?? 0) - 1;
  const end = await world.answerRpc("history", (question): RpcReply<"history"> => {
    const {
      before,
      end: place,
      from,
      limit,
    } = question as {
      before?: string;
      end?: Position;
      from?: Position;
      limit: number;
    };
    const known = stored.find(({ id }) => id === before);
    const endSeq = place?.seq ?? known?.seq;
    const { epoch } = world.log;
    const newer = stored.filter(({ seq = 0 }) => from !== undefined && seq >= from.seq);
    if (from)
      return {
        ok: true,
        epoch,
        appliedSeq,
        messages: newer.slice(0, limit),
        hasMore: newer.length > limit,
        known: true,
      };
    const older = stored.filter(({ seq = 0 }) => endSeq === undefined || seq < endSeq);
    return {
      ok: true,
      epoch,
      appliedSeq,
      messages: older.slice(-limit),
      hasMore: older.length > limit,
      known: before === undefined || known !== undefined || place !== undefined,
      ...(endSeq === undefined ? {} : { end: { epoch, seq: endSeq } }),
    };
  });
  return { end, seqs };
}

async function readAll(sessionId: string, limit: number): Promise<string[]> {
  const texts: string[] = [];
  let before: string | undefined;
  for (let pages = 0; pages < 10; pages++) {
    const query = `limit=${limit}${before === undefined ? "" : `&before=${before}`}`;
    const { status, body } = await world.get(`/api/sessions/${sessionId}/messages?${query}`);
    expect(status).toBe(200);
    const messages = body["messages"] as PageMessage[];
    texts.unshift(...messages.map(({ message }) => message));
    if (body["hasMore"] !== true) return texts;
    before = messages[0]?.id;
  }
  throw new Error("the pages have no end");
}

/** What comes after the first message. */
async function readOn(sessionId: string, limit: number): Promise<string[]> {
  const texts: string[] = [];
  let after: string | undefined = `${sessionId}-m1`;
  while (after !== undefined) {
    const { status, body } = await world.get(
      `/api/sessions/${sessionId}/messages?limit=${limit}&after=${after}`,
    );
    expect([status, body["hasMore"]]).toEqual([200, true]);
    const messages = body["messages"] as PageMessage[];
    expect(messages.length).toBeGreaterThan(0);
    texts.push(...messages.map(({ message }) => message));
    after = body["hasNewer"] === true ? messages.at(-1)?.id : undefined;
  }
  return texts;
}

test.each([1, 2, 3, 4, 6])(
  "pages - of %i have each message once, also those that the store has not yet and that are older than what it has",
  async (limit) => {
    for (const missing of [
      ["m2"],
      ["m1"],
      ["m6"],
      ["m2", "m3"],
      ["m2", "m5"],
      ["m1", "m2", "m3", "m4", "m5", "m6"],
    ]) {
      const sessionId = newSession();
      const store = await storeWithout(sessionId, missing);
      expect([missing, await readAll(sessionId, limit)]).toEqual([
        missing,
        ["m1", "m2", "m3", "m4", "m5", "m6"],
      ]);
      store.end();
    }
  },
);

test.each([1, 2, 3, 5])(
  "pages - of %i after a message have each later one once, also those that the store has not yet",
  async (limit) => {
    for (const missing of [
      ["m2"],
      ["m6"],
      ["m3", "m4"],
      ["m2", "m5"],
      ["m1", "m2", "m3", "m4", "m5", "m6"],
    ]) {
      const sessionId = newSession();
      const store = await storeWithout(sessionId, missing);
      expect([missing, await readOn(sessionId, limit)]).toEqual([missing, ["m2", "m3", "m4", "m5", "m6"]]);
      store.end();
    }
  },
);

test.each([
  [1, ["m3"], true, true],
  [2, ["m2", "m3"], true, true],
  [3, ["m2", "m3", "m4"], true, true],
  [5, ["m1", "m2", "m3", "m4", "m5"], false, true],
  [100, ["m1", "m2", "m3", "m4", "m5", "m6"], false, false],
])(
  "pages - of %i around a message have it and what stands beside it",
  async (limit, texts, hasMore, hasNewer) => {
    for (const missing of [["m6"], ["m3"], ["m2", "m4"], ["m1", "m2", "m3", "m4", "m5", "m6"]]) {
      const sessionId = newSession();
      const store = await storeWithout(sessionId, missing);
      const path = `/api/sessions/${sessionId}/messages?limit=${limit}&around=${sessionId}-m3`;
      const { status, body } = await world.get(path);
      expect(status).toBe(200);
      const messages = body["messages"] as PageMessage[];
      expect([missing, messages.map(({ message }) => message)]).toEqual([missing, texts]);
      expect(body).toMatchObject({ hasMore, hasNewer });
      expect(body["cursor"]).toBe(`${world.log.epoch}.${store.seqs.at(-1)}`);
      store.end();
    }
  },
);

test.each(["before", "after", "around"])(
  "pages - %s a message that nobody knows are refused",
  async (where) => {
    const sessionId = newSession();
    const store = await storeWithout(sessionId, ["m2"]);
    const { status, body } = await world.get(`/api/sessions/${sessionId}/messages?${where}=never`);
    expect([status, body["code"]]).toEqual([404, "not_found"]);
    store.end();
  },
);

test("pages - in two places at once are refused", async () => {
  const path = `/api/sessions/${newSession()}/messages?before=a&after=b`;
  expect((await world.get(path)).status).toBe(400);
});

test("pages - around and after a message wait for a store that is away, and do not show others instead", async () => {
  const sessionId = newSession();
  await world.append(sessionId, messageEvent(`${sessionId}-m1`));
  for (const where of ["after", "around"]) {
    const { status, body } = await world.get(`/api/sessions/${sessionId}/messages?${where}=${sessionId}-m1`);
    expect([status, body["temporary"]]).toEqual([503, true]);
  }
});
