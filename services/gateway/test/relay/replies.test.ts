import { subjects, timings, type ServerFrame } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newSession, replyFrames, waitFor, World } from "../support/world.ts";
import type { TestClient } from "../support/socket-client.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

const replyTypes: readonly ServerFrame["type"][] = ["ai_start", "ai_chunk", "ai_text", "ai_complete"];

/** What a reader saw of replies, short: `start 1`, `chunk 1/0`, `text 1/3`, `complete`. */
function storyOf(client: TestClient): string[] {
  return client.frames
    .filter(({ type }) => replyTypes.includes(type))
    .map((frame) => {
      switch (frame.type) {
        case "ai_start":
          return `start ${frame.attempt}`;
        case "ai_chunk":
          return `chunk ${frame.attempt}/${frame.n}`;
        case "ai_text":
          return `text ${frame.attempt}/${frame.n}`;
        default:
          return "complete";
      }
    });
}

async function expectToHear(client: TestClient, story: readonly string[]): Promise<void> {
  await waitFor(() => storyOf(client).length >= story.length, {
    what: `${story.length} frames of the reply`,
  });
  await world.connection.flush();
  await client.roundTrip();
  expect(storyOf(client)).toEqual(story);
}

/** A socket that has got `ai_start`. */
async function joinStarted(sessionId: string, reply: ReturnType<typeof replyFrames>): Promise<TestClient> {
  const client = await world.join(sessionId);
  await world.append(sessionId, reply.start());
  await client.next("ai_start");
  return client;
}

const reply = replyFrames("m.p");

test("the chunks of a reply - come in order, each once, between its start and its end", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  for (const n of [0, 1, 1, 0, 2]) world.live(sessionId, reply.chunk(n));
  await world.append(sessionId, reply.complete(3));
  await expectToHear(client, ["start 1", "chunk 1/0", "chunk 1/1", "chunk 1/2", "complete"]);
  expect(
    client
      .of("ai_chunk")
      .map(({ chunk }) => chunk)
      .join(""),
  ).toBe(client.of("ai_complete")[0]?.message);
});

test("the chunks of a reply - that come before `ai_start` wait for it", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  for (const n of [0, 1]) world.live(sessionId, reply.chunk(n));
  await world.append(sessionId, reply.start());
  world.live(sessionId, reply.chunk(2));
  await expectToHear(client, ["start 1", "chunk 1/0", "chunk 1/1", "chunk 1/2"]);
});

test("the chunks of a reply - of a lower attempt are dropped, and the text begins anew", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  const second = replyFrames("m.p", 2);
  world.live(sessionId, reply.chunk(0));
  await client.next("ai_chunk");
  await world.append(sessionId, second.start());
  await waitFor(() => client.of("ai_start").length === 2, { what: "the second start" });
  world.live(sessionId, reply.chunk(1));
  for (const n of [0, 1]) world.live(sessionId, second.chunk(n));
  await world.append(sessionId, second.complete(2));
  await expectToHear(client, ["start 1", "chunk 1/0", "start 2", "chunk 2/0", "chunk 2/1", "complete"]);
});

test("the chunks of a reply - that `ai_complete` overtook come before it, if they come in time", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  world.live(sessionId, reply.chunk(0));
  await world.append(sessionId, reply.complete(3));
  await world.connection.flush();
  for (const n of [1, 2]) world.live(sessionId, reply.chunk(n));
  await expectToHear(client, ["start 1", "chunk 1/0", "chunk 1/1", "chunk 1/2", "complete"]);
});

test("the chunks of a reply - that are lost keep `ai_complete` for a moment only, and those after it are dropped", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  world.live(sessionId, reply.chunk(0));
  await client.next("ai_chunk");
  const begun = performance.now();
  await world.append(sessionId, reply.complete(2));
  await client.next("ai_complete");
  expect(performance.now() - begun).toBeGreaterThan(timings.lateChunksMs - 20);
  world.live(sessionId, reply.chunk(1));
  await expectToHear(client, ["start 1", "chunk 1/0", "complete"]);
  const lost = world.gateway.logger.lines.filter(
    ({ message }) => message === "a reply ends without its last words",
  );
  expect(lost.map(({ fields }) => fields)).toEqual([
    { sessionId, replyId: "m.p", attempt: 1, said: 1, chunks: 2, waited: true },
  ]);
});

test("the chunks of a reply - that come while an earlier end waits for its own are not lost with them", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  const next = replyFrames("m.q");
  world.live(sessionId, reply.chunk(0));
  await world.append(sessionId, reply.complete(2));
  await world.append(sessionId, next.start());
  // Its worker is done before anybody could ask it.
  for (const n of [0, 1]) world.live(sessionId, next.chunk(n));
  await world.append(sessionId, next.complete(2));
  const rest = ["start 1", "chunk 1/0", "chunk 1/1", "complete"];
  await expectToHear(client, ["start 1", "chunk 1/0", "complete", ...rest]);
});

test("the chunks of a reply - of nobody's reply are never relayed", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  for (const n of [0, 1, 2]) world.live(sessionId, replyFrames("m.ghost").chunk(n));
  const started = await world.append(sessionId, reply.start());
  world.live(sessionId, reply.chunk(0));
  await expectToHear(client, ["start 1", "chunk 1/0"]);
  expect(started).toBeGreaterThan(0);
});

test("a hole in the chunks - is mended by the owner, asked once, and no chunk comes twice", async () => {
  const sessionId = newSession();
  const clients = [await joinStarted(sessionId, reply), await world.join(sessionId)];
  let questions = 0;
  const stop = await world.answer(subjects.reply(sessionId), () => {
    questions++;
    return reply.soFar(6);
  });
  // 1 and 2 are lost; 3 to 5 are held until they are there, and are in the answer, too.
  for (const n of [0, 3, 4, 5]) world.live(sessionId, reply.chunk(n));
  for (const client of clients)
    await waitFor(() => client.of("ai_chunk").length >= 6, { what: "six chunks" });
  world.live(sessionId, reply.chunk(6));
  await world.append(sessionId, reply.complete(7));
  const chunks = [0, 1, 2, 3, 4, 5, 6].map((n) => `chunk 1/${n}`);
  await expectToHear(clients[0] as TestClient, ["start 1", ...chunks, "complete"]);
  await expectToHear(clients[1] as TestClient, [...chunks, "complete"]);
  expect(questions).toBe(1);
  expect(
    clients[0]
      ?.of("ai_chunk")
      .map(({ chunk }) => chunk)
      .join(""),
  ).toBe("0 1 2 3 4 5 6 ");
  stop();
});

test("a hole in the chunks - in which the text became a thought is mended by the chunk that says so", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  const stop = await world.answer(subjects.reply(sessionId), () => ({
    ...reply.soFar(0),
    chunks: ["", "", "", "42"],
    reasoning: "0 1 ",
    takenAt: 2,
  }));
  for (const n of [0, 1]) world.live(sessionId, reply.chunk(n));
  world.live(sessionId, { ...reply.chunk(3), chunk: "42" });
  await waitFor(() => client.of("ai_chunk").length >= 4, { what: "four chunks" });
  expect(client.of("ai_chunk").slice(2)).toMatchObject([
    { n: 2, part: "reasoning", takesText: true, chunk: "" },
    { n: 3, chunk: "42" },
  ]);
  stop();
});

test("a hole in the chunks - that is further back than the owner tells one by one is mended by the text so far, and chunks follow it", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  const soFar = { ...reply.soFar(0), from: 3, before: "0 1 2 ", chunks: ["3 ", "4 "] };
  const stop = await world.answer(subjects.reply(sessionId), () => soFar);
  for (const n of [0, 4, 5]) world.live(sessionId, reply.chunk(n));
  await expectToHear(client, ["start 1", "chunk 1/0", "text 1/4", "chunk 1/5"]);
  expect(client.of("ai_text")).toMatchObject([{ n: 4, text: "0 1 2 3 4 " }]);
  const late = await world.join(sessionId);
  expect(late.of("connection")[0]?.replies).toMatchObject([{ n: 4, text: "0 1 2 3 4 " }]);
  // A hole among those that are told is filled with them.
  const next = { ...soFar, chunks: ["3 ", "4 ", "5 ", "6 ", "7 "] };
  stop();
  const stopNext = await world.answer(subjects.reply(sessionId), () => next);
  world.live(sessionId, reply.chunk(7));
  await expectToHear(client, ["start 1", "chunk 1/0", "text 1/4", "chunk 1/5", "chunk 1/6", "chunk 1/7"]);
  stopNext();
});

test("a hole in the chunks - that the owner cannot mend ends with `ai_complete`, which has the whole text", async () => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  for (const n of [0, 2, 3]) world.live(sessionId, reply.chunk(n));
  await client.next("ai_chunk");
  await world.append(sessionId, reply.complete(4));
  await expectToHear(client, ["start 1", "chunk 1/0", "complete"]);
  expect(client.of("ai_complete")[0]?.message).toBe("0 1 2 3 ");
});

test.each([
  ["another state", { state: "?" }],
  ["no chunks", { state: "replying", id: "m.p", attempt: 1 }],
  ["chunks that are no texts", { state: "replying", id: "m.p", attempt: 1, claim: "c", chunks: [1, null] }],
  ["that the reply was released", { state: "released", id: "m.p", attempt: 1 }],
])("a hole in the chunks - is left as it is if the answer is %s", async (_what, answer) => {
  const sessionId = newSession();
  const client = await joinStarted(sessionId, reply);
  let questions = 0;
  const stop = await world.answer(subjects.reply(sessionId), () => {
    questions++;
    return answer;
  });
  world.live(sessionId, reply.chunk(1));
  await waitFor(() => questions > 0, { what: "the question" });
  await world.append(sessionId, reply.complete(2));
  await expectToHear(client, ["start 1", "complete"]);
  stop();
});

test("a hole in the chunks - whose `ai_start` was missed, too, is mended by the text so far", async () => {
  const sessionId = newSession();
  const client = await world.join(sessionId);
  const stop = await world.answer(subjects.reply(sessionId), () => reply.soFar(3));
  world.live(sessionId, reply.chunk(2));
  world.live(sessionId, reply.chunk(3));
  await expectToHear(client, ["text 1/2", "chunk 1/3"]);
  expect(client.of("ai_text")[0]?.text).toBe("0 1 2 ");
  stop();
});

test("one who joins in the middle of a reply - is told the text so far, then gets exactly the rest", async () => {
  const sessionId = newSession();
  await joinStarted(sessionId, reply);
  for (const n of [0, 1, 2]) world.live(sessionId, reply.chunk(n));
  // The owner is ahead of its own chunks: 3 and 4 are in the answer and still on their way.
  const stop = await world.answer(subjects.reply(sessionId), () => reply.soFar(5));
  const late = world.client(sessionId);
  const { replies } = await late.next("connection");
  expect(replies).toEqual([{ type: "ai_text", id: "m.p", attempt: 1, n: 4, text: "0 1 2 3 4 " }]);
  for (const n of [3, 4, 5, 6]) world.live(sessionId, reply.chunk(n));
  await world.append(sessionId, reply.complete(7));
  await expectToHear(late, ["chunk 1/5", "chunk 1/6", "complete"]);
  stop();
});

test("one who joins in the middle of a reply - is told what the model thought aloud, too", async () => {
  const sessionId = newSession();
  await joinStarted(sessionId, reply);
  const stop = await world.answer(subjects.reply(sessionId), () => ({
    ...reply.soFar(2),
    reasoning: "hm",
  }));
  const { replies } = await world.client(sessionId).next("connection");
  expect(replies).toMatchObject([{ n: 1, text: "0 1 ", reasoning: "hm" }]);
  stop();
});

test("one who joins in the middle of a reply - as the first one here is told by the owner, also what came while it was asked", async () => {
  const sessionId = newSession();
  await world.append(sessionId, reply.start());
  const stop = await world.answer(subjects.reply(sessionId), () => {
    world.live(sessionId, reply.chunk(3));
    world.live(sessionId, reply.chunk(4));
    return reply.soFar(3);
  });
  const client = world.client(sessionId);
  expect((await client.next("connection")).replies).toMatchObject([{ n: 2, text: "0 1 2 " }]);
  world.live(sessionId, reply.chunk(5));
  await expectToHear(client, ["chunk 1/3", "chunk 1/4", "chunk 1/5"]);
  stop();
});

test("one who joins in the middle of a reply - together with others: every one of them is told", async () => {
  const sessionId = newSession();
  await world.append(sessionId, reply.start());
  const stop = await world.answer(subjects.reply(sessionId), () => reply.soFar(2));
  const clients = Array.from({ length: 5 }, () => world.client(sessionId));
  for (const client of clients) {
    expect((await client.next("connection")).replies).toMatchObject([{ n: 1, text: "0 1 " }]);
  }
  world.live(sessionId, reply.chunk(2));
  for (const client of clients) await expectToHear(client, ["chunk 1/2"]);
  stop();
});

test("one who joins in the middle of a reply - of a next reply, before its `ai_start` is here: nobody misses its first chunks", async () => {
  const sessionId = newSession();
  const first = await joinStarted(sessionId, reply);
  const second = replyFrames("m.p", 2);
  const stop = await world.answer(subjects.reply(sessionId), () => second.soFar(2));
  const late = await world.join(sessionId);
  expect(late.of("connection")[0]?.replies).toEqual([]);
  await world.append(sessionId, second.start());
  for (const n of [0, 1, 2]) world.live(sessionId, second.chunk(n));
  const rest = ["start 2", "chunk 2/0", "chunk 2/1", "chunk 2/2"];
  await expectToHear(first, ["start 1", ...rest]);
  await expectToHear(late, rest);
  stop();
});

test("one who joins in the middle of a reply - with a silent owner is connected after a second, without it", async () => {
  const sessionId = newSession();
  const stop = await world.answer(subjects.reply(sessionId), () => undefined);
  const begun = performance.now();
  const client = await world.join(sessionId);
  expect(client.of("connection")[0]?.replies).toEqual([]);
  expect(performance.now() - begun).toBeGreaterThan(timings.replyQuestionMs - 20);
  stop();
});

test("one who joins in the middle of a reply - whose owner is silent until later gets no words without the first ones, and the text when it can be told", async () => {
  const sessionId = newSession();
  const watcher = await joinStarted(sessionId, reply);
  for (const n of [0, 1]) world.live(sessionId, reply.chunk(n));
  await waitFor(() => watcher.of("ai_chunk").length === 2, { what: "the first chunks" });
  let isSilent = true;
  const stop = await world.answer(subjects.reply(sessionId), () => (isSilent ? undefined : reply.soFar(3)));
  const late = world.client(sessionId);
  expect((await late.next("connection")).replies).toEqual([]);
  isSilent = false;
  world.live(sessionId, reply.chunk(2));
  await late.next("ai_text");
  world.live(sessionId, reply.chunk(3));
  await world.append(sessionId, reply.complete(4));
  await expectToHear(late, ["text 1/2", "chunk 1/3", "complete"]);
  stop();
});

test("one who joins in the middle of a reply - and whose reply ends while it joins gets the end, and no last words without the first ones", async () => {
  const sessionId = newSession();
  const watcher = await joinStarted(sessionId, reply);
  world.live(sessionId, reply.chunk(0));
  await watcher.next("ai_chunk");
  let completed: Promise<unknown> | undefined;
  const subscription = world.connection.subscribe(subjects.reply(sessionId), (message) => {
    // The answer is late: the reply is over, and everybody here has seen that, before it arrives.
    world.live(sessionId, reply.chunk(1));
    completed ??= world
      .append(sessionId, reply.complete(2))
      .then(() => watcher.next("ai_complete"))
      .then(() => message.respond(new TextEncoder().encode(JSON.stringify(reply.soFar(1)))));
  });
  await world.connection.flush();
  const late = world.client(sessionId);
  expect((await late.next("connection")).replies).toEqual([]);
  await expectToHear(late, ["complete"]);
  await completed;
  subscription.unsubscribe();
});
