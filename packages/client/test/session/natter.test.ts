/** The client on a real natter: real processes, real sockets, real deaths. */
import { guestTokenOf, startNatter, waitFor, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, beforeEach, afterEach, expect, test } from "vitest";
import {
  createClient,
  MemoryOutbox,
  type Answer,
  type ClientOptions,
  type NatterClient,
  type Session,
} from "../../src/index.ts";
import { FrontDoor } from "../support/front-door.ts";

let natter: TestNatter;
let one: string;
let two: string;
let door: FrontDoor;
const clients: NatterClient[] = [];

beforeAll(async () => {
  natter = await startNatter({ gateways: 2 });
  [one = "", two = ""] = natter.urls;
});
afterAll(async () => natter[Symbol.asyncDispose]());
beforeEach(async () => {
  door = await FrontDoor.open(one);
});
afterEach(async () => {
  for (const made of clients.splice(0)) made.close();
  await door[Symbol.asyncDispose]();
});

function client(options: ClientOptions = {}): NatterClient {
  const made = createClient({ url: door.url, ...options });
  clients.push(made);
  return made;
}

async function open(id: string, options: ClientOptions = {}): Promise<Session> {
  const session = client(options).session(id);
  session.open();
  await session.ready(AbortSignal.timeout(10_000));
  return session;
}

function texts(session: Session): (string | undefined)[] {
  return session.getSnapshot().keys.map((key) => session.getMessage(key)?.text);
}

function isComplete({ state }: Answer): boolean {
  return state === "complete";
}

async function answer(
  session: Session,
  messageId: string,
  fits: (answer: Answer) => boolean,
): Promise<Answer> {
  return waitFor(
    () => {
      const message = session.getMessage(session.keyOf(`${messageId}.${messageId}`) ?? "");
      return message?.kind === "answer" && fits(message) ? message : undefined;
    },
    { what: "the answer", timeoutMs: 30_000 },
  );
}

const counted = (n: number): string => Array.from({ length: n }, (_, index) => index + 1).join(" ");

async function gatewayPid(url: string): Promise<number> {
  return (await natter.run()).find((entry) => entry.role === "gateway" && entry.url === url)?.pid ?? 0;
}

async function readiness(url: string): Promise<void> {
  const ready = async (): Promise<boolean> =>
    (await fetch(`${url}/readyz`).catch(() => undefined))?.ok ?? false;
  await waitFor(ready, { what: `the gateway at ${url}`, timeoutMs: 20_000 });
}

test("a message is acknowledged, answered word by word, and in everybody's timeline and history", async () => {
  const ann = await open("talk", { name: "Ann" });
  const bob = await open("talk", { name: "Bob", url: two });
  const reply = ann.ask("/rate 100 /count 30");
  expect(await reply.sent).toMatchObject({ duplicate: false });
  const steps: (string | undefined)[] = [];
  for await (const { delta } of reply) steps.push(delta);
  expect(steps.length).toBeGreaterThan(1);
  expect(steps.join("")).toBe(counted(30));
  await waitFor(() => texts(bob)[1] === counted(30), { what: "the same for Bob" });
  expect(bob.getMessage(bob.getSnapshot().keys[0] ?? "")).toMatchObject({
    isOwn: false,
    user: { name: "Ann" },
  });
  const late = await open("talk");
  expect(texts(late)).toEqual(texts(ann));
  expect(late.getSnapshot().running).toEqual([]);
});

test("an answer goes on through the death of its gateway, on another one", async () => {
  const session = await open("gateway-dies");
  const recovered: boolean[] = [];
  session.on("recovered", (isRecovered) => recovered.push(isRecovered));
  const reply = session.ask("/rate 40 /count 120");
  const { messageId } = await reply.sent;
  await answer(session, messageId, ({ text }) => text.length > 20);
  door.leadTo(two);
  process.kill(await gatewayPid(one), "SIGKILL");
  await waitFor(() => session.getSnapshot().connection.state === "reconnecting", { what: "the break" });
  const back = await answer(session, messageId, ({ state }) => state === "streaming");
  const more = await answer(session, messageId, ({ text }) => text.length > back.text.length);
  expect(counted(120).startsWith(more.text)).toBe(true);
  expect(await reply.text()).toBe(counted(120));
  expect(recovered).toEqual([true]);
  expect(session.getSnapshot().keys).toHaveLength(2);
  await readiness(one);
}, 60_000);

test("what was sent without a network is there after a reload, in order, once", async () => {
  const outbox = new MemoryOutbox();
  const guestToken = guestTokenOf("a guest who reloads the page");
  const before = await open("reload", { outbox, guestToken });
  door.isClosed = true;
  door.breakAll();
  for (let number = 1; number <= 5; number++) void before.send(`/rate 0 /echo ${number}`);
  await waitFor(async () => (await outbox.load("reload")).length === 5, { what: "the outbox" });
  before.close();
  const after = client({ outbox, guestToken }).session("reload");
  after.open();
  await waitFor(() => after.getSnapshot().keys.length === 5, { what: "the messages that wait" });
  door.isClosed = false;
  await waitFor(() => after.getSnapshot().running.length === 0 && texts(after).length === 10, {
    what: "five answers",
    timeoutMs: 30_000,
  });
  expect(texts(after)).toEqual([1, 2, 3, 4, 5].flatMap((number) => [`/rate 0 /echo ${number}`, `${number}`]));
  expect(await outbox.load("reload")).toEqual([]);
}, 60_000);

test("another name is given while messages wait, and they are stored once, by the same guest under that name", async () => {
  const made = client({ name: "Ann" });
  const session = made.session("renamed");
  session.open();
  await session.ready(AbortSignal.timeout(10_000));
  const { me } = session.getSnapshot();
  const onItsWay = session.send("/rate 0 /echo 1");
  made.rename("Anna");
  await onItsWay;
  await waitFor(() => session.getSnapshot().me?.name === "Anna", { what: "the new name" });
  door.isClosed = true;
  door.breakAll();
  const waiting = session.send("/rate 0 /echo 2");
  made.rename("Anne");
  door.isClosed = false;
  session.reconnectNow();
  expect(await waiting).toMatchObject({ duplicate: false });
  await waitFor(() => session.getSnapshot().running.length === 0 && texts(session).length === 4, {
    what: "two answers",
  });
  const late = await open("renamed");
  const said = late.getSnapshot().keys.map((key) => late.getMessage(key));
  expect(said.map((message) => message?.text)).toEqual(["/rate 0 /echo 1", "1", "/rate 0 /echo 2", "2"]);
  expect(said[0]?.user.id).toBe(me?.id);
  expect(said[2]?.user).toEqual({ id: me?.id, name: "Anne" });
}, 30_000);

test("a network without WebSockets costs the socket and nothing else", async () => {
  door.refusesWebSockets = true;
  const session = await open("events", { name: "Ann" });
  expect(session.getSnapshot().connection).toMatchObject({ state: "online", transport: "events" });
  const reply = session.ask("/rate 50 /count 20");
  const steps: (string | undefined)[] = [];
  for await (const { delta } of reply) steps.push(delta);
  expect(steps.length).toBeGreaterThan(1);
  expect(steps.join("")).toBe(counted(20));
  const recovered: boolean[] = [];
  session.on("recovered", (isRecovered) => recovered.push(isRecovered));
  const other = await open("events", { url: two });
  door.breakAll();
  door.leadTo(two);
  await other.ask("/rate 0 /echo missed").text();
  await waitFor(() => texts(session).at(-1) === "missed", { what: "what was missed" });
  expect(recovered).toEqual([true]);
  await session.stop();
  expect((await session.react((await reply.sent).messageId, "🎉", true)).seq).toBeGreaterThan(0);
}, 30_000);

test("a gateway that is replaced is left when it says so, and no message is lost or there twice", async () => {
  const session = await open("drain");
  const ends: string[] = [];
  session.on("frame", ({ type }) => type === "going_away" && ends.push(type));
  const sent: Promise<unknown>[] = [];
  const send = (): number => sent.push(session.send(`/rate 0 /echo ${sent.length + 1}`));
  for (let number = 0; number < 5; number++) send();
  door.leadTo(two);
  process.kill(await gatewayPid(one), "SIGTERM");
  await waitFor(() => ends.length > 0, { what: "going_away", timeoutMs: 15_000 });
  for (let number = 0; number < 5; number++) send();
  await Promise.all(sent);
  await waitFor(
    () => session.getSnapshot().running.length === 0 && session.getSnapshot().keys.length === 20,
    {
      what: "ten answers",
      timeoutMs: 30_000,
    },
  );
  expect(texts(session).filter((_text, index) => index % 2 === 1)).toEqual(counted(10).split(" "));
  await readiness(one);
}, 60_000);

test("what the model thinks aloud stays beside its answer", async () => {
  const session = await open("reasoning");
  const reply = session.ask("/rate 50 /reasoning 5 /echo 42");
  const { messageId } = await reply.sent;
  const thinking = await answer(session, messageId, ({ reasoning }) => reasoning !== "");
  expect(thinking.text).toBe("");
  expect(await reply.text()).toBe("42");
  const { reasoning } = await answer(session, messageId, isComplete);
  expect(reasoning.length).toBeGreaterThan(thinking.reasoning.length);
  // A reload finds it, too.
  const late = await open("reasoning");
  expect(await answer(late, messageId, isComplete)).toMatchObject({ text: "42", reasoning });
}, 30_000);

test("older pages come when they are asked for, each message once", async () => {
  const session = await open("pages", { pageMessages: 6 });
  const replies = Array.from({ length: 10 }, (_, index) => session.ask(`/rate 0 /echo ${index + 1}`));
  await Promise.all(replies.map((reply) => reply.text()));
  const late = await open("pages", { pageMessages: 6 });
  expect(late.getSnapshot().keys).toHaveLength(6);
  let hasOlder = late.getSnapshot().history.hasOlder;
  while (hasOlder) hasOlder = await late.loadOlder();
  expect(texts(late)).toEqual(texts(session));
}, 30_000);

test("an answer is regenerated, stopped, and an edit is answered anew: three versions of one answer", async () => {
  const session = await open("versions");
  const first = session.ask("/rate 0 /echo before");
  const { messageId } = await first.sent;
  expect(await first.text()).toBe("before");
  await session.edit(messageId, "/rate 20 /count 500", { reply: true });
  await answer(session, messageId, ({ state, text }) => state === "streaming" && text.length > 3);
  await session.stop();
  const stopped = await answer(session, messageId, ({ state }) => state === "complete");
  expect(stopped).toMatchObject({ finishReason: "stopped", versionIndex: 1 });
  await session.edit(messageId, "/rate 0 /echo after");
  await session.regenerate(stopped.id);
  const last = await answer(
    session,
    messageId,
    ({ state, versionIndex }) => versionIndex === 2 && state === "complete",
  );
  expect(last.text).toBe("after");
  const late = await open("versions");
  const seen = late.getMessage(last.key) as Answer;
  expect(seen.versions).toEqual(last.versions);
  late.showVersion(seen.key, 0);
  expect(late.getMessage(seen.key)).toMatchObject({ text: "before", versionIndex: 0 });
}, 30_000);

test("a session gets a title by itself, and a reload shows who has read it", async () => {
  const ann = client({ name: "Ann" });
  const session = ann.session("titled");
  session.open();
  await session.ask("/rate 0 /echo Lagoons are shallow.").text();
  await waitFor(() => session.getSnapshot().details.title === "Lagoons are shallow", { what: "the title" });
  session.markRead();
  await waitFor(() => Object.keys(session.getSnapshot().readMarks).length === 1, { what: "the mark" });
  const late = await open("titled");
  await waitFor(() => late.getSnapshot().details.title === "Lagoons are shallow", { what: "the details" });
  const { readMarks } = session.getSnapshot();
  expect(late.getSnapshot().readMarks).toEqual(readMarks);
  expect(Object.values(readMarks)[0]?.user).toEqual(session.getSnapshot().me);
}, 30_000);

test("the list of sessions is renamed, pinned, searched and emptied", async () => {
  const made = client({ name: "Ann" });
  const session = made.session("listed");
  session.open();
  await session.ask("/rate 0 /echo 데이터베이스를 공부합니다").text();
  const { sessions } = made;
  const listed = async () => {
    await sessions.refresh();
    return sessions.getSnapshot().sessions;
  };
  await waitFor(async () => (await listed()).length === 1, { what: "the list" });
  await sessions.rename("listed", "공부");
  await sessions.pin("listed", true);
  await waitFor(() => session.getSnapshot().details.title === "공부", { what: "the title, live" });
  await waitFor(async () => (await listed())[0]?.title === "공부", { what: "the title in the list" });
  expect(sessions.getSnapshot().sessions[0]).toMatchObject({ pinned: true, archived: false });
  expect((await sessions.search("이터베")).hits[0]?.message.message).toContain("데이터베이스");
  await sessions.archive("listed", true);
  expect(sessions.getSnapshot().sessions).toEqual([]);
  await sessions.delete("listed");
  await waitFor(() => session.getSnapshot().isDeleted, { what: "the deletion, live" });
  expect(session.getSnapshot().keys).toEqual([]);
  // The gateway ends the socket after the event, so the end may come in a later turn of the loop.
  await waitFor(() => session.getSnapshot().connection.state === "closed", { what: "the end of the socket" });
  await expect(session.send("more")).rejects.toMatchObject({ code: "closed" });
  await expect(client().sessions.delete("nowhere")).rejects.toMatchObject({
    code: "not_found",
    temporary: false,
  });
}, 30_000);
