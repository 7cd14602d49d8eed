import { limits } from "@natter/protocol/plain";
import { beforeEach, expect, test } from "vitest";
import { createClient, type NatterClient, type User } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { turn, useTurnedClock } from "../support/turned-clock.ts";

const page = limits.sessionListEntries;
let server: FakeServer;
let client: NatterClient;
let me: User;
/** Called when the server has made an answer, and before it arrives. */
let answered: () => unknown;

useTurnedClock();
beforeEach(async () => {
  server = new FakeServer({ answer: () => undefined });
  answered = () => undefined;
  const { fetch: ask = fetch, ...options } = server.clientOptions;
  const answer: typeof fetch = async (...request) => {
    const response = await ask(...request);
    await answered();
    return response;
  };
  client = createClient({ ...options, fetch: answer, name: "Ann" });
  const session = client.session("first");
  session.open();
  await turn();
  me = session.getSnapshot().me ?? { id: "", name: "" };
  session.close();
  await sayIn(0, 2 * page + 50);
});

/** One thing in each of the sessions with these numbers. The last one is the latest. */
async function sayIn(from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) {
    server.session(`s${n}`).say(`said ${n}`, me);
    await turn(1_000);
  }
}

function shown(): string[] {
  return client.sessions.getSnapshot().sessions.map(({ sessionId }) => sessionId);
}

/** Ids of sessions, from the first of these numbers down to the second. */
function down(from: number, to: number): string[] {
  return Array.from({ length: from - to + 1 }, (_, n) => `s${from - n}`);
}

test("the list goes on after what is here, until it ends", async () => {
  const { sessions } = client;
  await sessions.refresh();
  expect([shown(), sessions.getSnapshot().hasMore]).toEqual([down(449, 250), true]);
  await Promise.all([sessions.loadMore(), sessions.loadMore()]);
  expect([shown(), sessions.getSnapshot().hasMore]).toEqual([down(449, 50), true]);
  await sessions.loadMore();
  expect(sessions.getSnapshot()).toMatchObject({ state: "loaded", hasMore: false });
  expect(shown()).toEqual(down(449, 0));
  await sessions.loadMore();
  expect(shown()).toEqual(down(449, 0));
});

test("a list that is loaded again is loaded as far as it was, with what has changed", async () => {
  const { sessions } = client;
  await sessions.refresh();
  await sessions.loadMore();
  await sayIn(100, 101);
  await sayIn(500, 501);
  await sessions.refresh();
  const rest = down(449, 52).filter((id) => id !== "s100");
  expect(shown().slice(0, 2)).toEqual(["s500", "s100"]);
  expect(shown().slice(2, 2 + rest.length)).toEqual(rest);
  await sessions.loadMore();
  expect(new Set(shown()).size).toBe(451);
  expect(shown()).toHaveLength(451);
});

test("what happens in an open session while a page comes is in its place, once", async () => {
  const { sessions } = client;
  await sessions.refresh();
  const session = client.session("s100");
  session.open();
  await turn();
  answered = () => void server.session("s100").say("again", me);
  await sessions.loadMore();
  expect(shown()).toEqual(["s100", ...down(449, 50).filter((id) => id !== "s100")]);
  expect(sessions.getSnapshot().sessions[0]?.lastMessage?.message).toBe("again");
  await sessions.pin("s200", true);
  expect(shown().slice(0, 3)).toEqual(["s200", "s100", "s449"]);
  session.close();
});

test("a chat that begins while the list is loaded again is in it, although the server did not list it", async () => {
  const { sessions } = client;
  await sessions.refresh();
  const session = client.session("new");
  session.open();
  await turn();
  answered = () => void server.session("new").say("begun just now", me);
  await sessions.refresh();
  answered = () => undefined;
  expect(shown()[0]).toBe("new");
  session.close();
});

test("an empty page that says where it goes on is no end of the list", async () => {
  let isEmptied = false;
  const { fetch: ask = fetch, ...options } = server.clientOptions;
  const emptyOnce: typeof fetch = async (url, init) => {
    const response = await ask(url, init);
    if (isEmptied) return response;
    isEmptied = true;
    const { next } = (await response.json()) as { next?: string };
    return Response.json({ sessions: [], next });
  };
  const other = createClient({ ...options, fetch: emptyOnce, name: "Ann" });
  await other.sessions.refresh();
  expect(isEmptied).toBe(true);
  expect(other.sessions.getSnapshot().sessions[0]?.sessionId).toBe("s249");
  other.close();
});

test("a page that fails leaves the list as it is, and can be asked for again", async () => {
  const { sessions } = client;
  await sessions.refresh();
  server.disconnect();
  await expect(sessions.loadMore()).rejects.toMatchObject({ code: "network" });
  expect(sessions.getSnapshot()).toMatchObject({ state: "loaded", hasMore: true });
  server.reconnect();
  await sessions.loadMore();
  expect(shown()).toEqual(down(449, 50));
});

test("a page of a list that is not shown any more is nobody's", async () => {
  const { sessions } = client;
  await sessions.refresh();
  const more = sessions.loadMore();
  await sessions.refresh({ archived: true });
  await more;
  expect([shown(), sessions.getSnapshot().hasMore]).toEqual([[], false]);
  server.disconnect();
  await sessions.refresh({ archived: false }).catch(() => undefined);
  server.reconnect();
  await sessions.loadMore();
  expect(shown()).toEqual([]);
  await sessions.refresh();
  expect(shown()).toEqual(down(449, 250));
});

test("after a list is loaded again its next page comes, however slow the one before is", async () => {
  const { sessions } = client;
  await sessions.refresh();
  const late = Promise.withResolvers<undefined>();
  answered = () => late.promise;
  const before = sessions.loadMore();
  await turn();
  answered = () => undefined;
  await sessions.refresh();
  await sessions.loadMore();
  expect(shown()).toEqual(down(449, 50));
  const held = Promise.withResolvers<undefined>();
  answered = () => held.promise;
  const next = sessions.loadMore();
  // The end of the one before leaves the one that runs now alone.
  late.resolve(undefined);
  await before;
  expect(sessions.loadMore()).toBe(next);
  held.resolve(undefined);
  await next;
  expect(shown()).toEqual(down(449, 0));
});

test("sessions of the same moment stay in the order of the server", async () => {
  const { sessions } = client;
  for (let n = 600; n < 610; n++) server.session(`s${n}`).say("at once", me);
  await sessions.refresh();
  expect(shown().slice(0, 10)).toEqual(down(609, 600).toReversed());
});
