import type { PageMessage, Position, RpcReply } from "@natter/protocol";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { messageEvent, newSession, World } from "./world.ts";

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
    const { before, end: place, limit } = question as { before?: string; end?: Position; limit: number };
    const known = stored.find(({ id }) => id === before);
    const endSeq = place?.seq ?? known?.seq;
    const { epoch } = world.log;
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

describe("pages", () => {
  it.each([1, 2, 3, 4, 6])(
    "of %i have each message once, also those that the store has not yet and that are older than what it has",
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

  it("before a message that nobody knows are refused", async () => {
    const sessionId = newSession();
    const store = await storeWithout(sessionId, ["m2"]);
    const { status, body } = await world.get(`/api/sessions/${sessionId}/messages?before=never`);
    expect([status, body["code"]]).toEqual([404, "not_found"]);
    store.end();
  });
});
