import { beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { missTooMuch } from "../support/missed.ts";
import { openSession, texts, turn, useTurnedClock } from "../support/turned-clock.ts";

let server: FakeServer;
let ids: string[];

useTurnedClock();
beforeEach(async () => {
  server = new FakeServer();
  ids = [];
  for (let n = 0; n < 30; n++) {
    ids.push(server.session("s").say(`q${n}`));
    await turn();
  }
});

/** Questions and answers of these numbers. */
function turns(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, n) => [`q${from + n}`, `You said: q${from + n}`]).flat();
}

async function openAround(n: number): Promise<Session> {
  const session = await openSession(server, { pageMessages: 8 });
  session.showAround(ids[n]);
  await turn();
  return session;
}

describe("the messages around one", () => {
  test("are shown in the place of the newest, and go on in both directions to both ends", async () => {
    const session = await openAround(10);
    expect(texts(session)).toEqual(turns(8, 12));
    expect(session.getSnapshot()).toMatchObject({
      history: { state: "loaded", hasOlder: true, hasNewer: true },
      running: [],
    });
    expect(await session.loadNewer()).toBe(true);
    expect(await session.loadOlder()).toBe(true);
    expect(texts(session)).toEqual(turns(4, 16));
    while (await session.loadNewer());
    while (await session.loadOlder());
    expect(texts(session)).toEqual(turns(0, 30));
    expect(session.getSnapshot().history).toEqual({ state: "loaded", hasOlder: false, hasNewer: false });
    expect(await session.loadNewer()).toBe(false);
  });

  test("are shown at once to who has not been here before", async () => {
    const session = await openSession(server, { pageMessages: 8 });
    session.close();
    session.showAround(ids[3]);
    session.open();
    await turn();
    expect(texts(session)).toEqual(turns(1, 5));
    expect(session.getSnapshot().connection.state).toBe("online");
  });

  test("leave what is said meanwhile for the end, each once, and tell of it", async () => {
    const session = await openAround(10);
    const heard: string[] = [];
    session.on("message", ({ text }) => heard.push(text));
    server.session("s").say("live");
    await turn();
    expect(heard).toEqual(["live"]);
    expect(texts(session)).toEqual(turns(8, 12));
    while (await session.loadNewer());
    expect(texts(session)).toEqual([...turns(8, 30), "live", "You said: live"]);
    server.session("s").say("more");
    await turn();
    expect(texts(session).slice(-2)).toEqual(["more", "You said: more"]);
  });

  test("take part in what happens to them: changes, deletions and answers that are asked for again", async () => {
    const session = await openAround(10);
    const mine = await session.send("mine");
    await turn();
    session.showAround(mine.messageId);
    await turn();
    await session.edit(mine.messageId, "mine, better");
    await turn();
    expect(texts(session)).toContain("mine, better");
    await session.regenerate(ids[29] ?? "");
    await turn();
    const answer = session.getMessage(session.keyOf(ids[29] ?? "") ?? "");
    expect(answer?.kind).toBe("message");
    const shown = session.getSnapshot().keys.map((key) => session.getMessage(key));
    expect(shown.some((message) => message?.kind === "answer" && message.versions.length === 2)).toBe(true);
  });

  test("do not pretend that an answer waits which only was not loaded", async () => {
    // The page ends between a question and its answer.
    const session = await openSession(server, { pageMessages: 5 });
    session.showAround(ids[10]);
    await turn();
    expect(texts(session)).toEqual([...turns(9, 11), "q11"]);
    expect(session.getSnapshot().running).toEqual([]);
    await session.loadNewer();
    expect(texts(session).slice(0, 6)).toEqual(turns(9, 12));
  });

  test("show an answer that really waits as soon as the end is reached", async () => {
    server = new FakeServer({ answer: () => undefined });
    for (let n = 0; n < 12; n++) ids[n] = server.session("s").say(`q${n}`);
    const session = await openAround(2);
    expect(session.getSnapshot().running).toEqual([]);
    while (await session.loadNewer());
    expect(session.getSnapshot().running).toHaveLength(12);
    const reply = server.session("s").startAnswer(ids[11] ?? "");
    reply.write("at last");
    await turn();
    expect(texts(session).at(-1)).toBe("at last");
  });

  test("give way to the newest when somebody wants them", async () => {
    const session = await openAround(10);
    server.session("s").say("live");
    await turn();
    session.showAround();
    await turn();
    expect(texts(session)).toEqual([...turns(27, 30), "live", "You said: live"]);
    expect(session.getSnapshot().history).toEqual({ state: "loaded", hasOlder: true, hasNewer: false });
  });

  test("give way to the newest if there is no such message", async () => {
    const session = await openSession(server, { pageMessages: 8 });
    session.showAround("nowhere");
    await turn();
    expect(texts(session)).toEqual(turns(26, 30));
    expect(session.getSnapshot().history.state).toBe("loaded");
  });

  test("are still those around it after a break in which too much was missed", async () => {
    const session = await openAround(10);
    await missTooMuch(server);
    expect(texts(session)).toEqual(turns(8, 12));
    while (await session.loadNewer());
    expect(texts(session).slice(-2)).toEqual(["missed", "You said: missed"]);
  });

  test("are those where one reads, if that is elsewhere by now when too much was missed", async () => {
    const session = await openAround(10);
    await session.loadNewer();
    await session.loadNewer();
    await missTooMuch(server);
    expect(texts(session)).toEqual(["You said: q13", ...turns(14, 17), "q17"]);
  });

  test("are the newest as soon as the end was reached, also after a break in which too much was missed", async () => {
    const session = await openAround(10);
    while (await session.loadNewer());
    await missTooMuch(server);
    expect(texts(session).slice(-2)).toEqual(["missed", "You said: missed"]);
    expect(session.getSnapshot().history.hasNewer).toBe(false);
  });
});
