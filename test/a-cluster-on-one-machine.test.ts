import { randomUUIDv7 } from "node:crypto";
import { ChatClient, startNatter, waitFor, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: TestNatter;
let one: string;
let two: string;

beforeAll(async () => {
  natter = await startNatter({ gateways: 2, workers: 2, persistence: 2 });
  [one = "", two = ""] = natter.urls;
});
afterAll(async () => natter[Symbol.asyncDispose]());

function durable(client: ChatClient): unknown[] {
  return client.frames.filter((frame) => "seq" in frame && frame.type !== "ack");
}

test("every part runs, as run.json says", async () => {
  const roles = (await natter.run()).map(({ role }) => role);
  const counted = (role: string): number => roles.filter((each) => each === role).length;
  expect(
    Object.fromEntries(
      ["start", "nats", "persistence", "llm-worker", "gateway"].map((role) => [role, counted(role)]),
    ),
  ).toEqual({
    start: 1,
    nats: 1,
    persistence: 2,
    "llm-worker": 2,
    gateway: 2,
  });
});

test("sockets on two gateways see the same frames in the same order", async () => {
  const left = await ChatClient.connect(one, "split");
  const right = await ChatClient.connect(two, "split");
  for (let number = 1; number <= 10; number++) {
    left.send({ message: `/rate 0 /echo l${number}` });
    right.send({ message: `/rate 0 /echo r${number}` });
  }
  for (const client of [left, right])
    await waitFor(() => client.all("ai_complete").length === 20, { what: "20 answers", timeoutMs: 60_000 });
  expect(durable(left)).toEqual(durable(right));
  const seqs = durable(left).map((frame) => (frame as { seq: number }).seq);
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  const prevs = durable(left).map((frame) => (frame as { prev: number }).prev);
  expect(prevs.slice(1)).toEqual(seqs.slice(0, -1));
  // One at a time, in the order of asking.
  const asked = left.all("message").map(({ id }) => id);
  expect(left.all("ai_complete").map(({ messageId }) => messageId)).toEqual(asked);
});

test("a socket that comes back gets exactly what it missed, on the other gateway", async () => {
  const away = await ChatClient.connect(one, "resume");
  const stays = await ChatClient.connect(one, "resume");
  await away.converse("/rate 0 /echo before");
  const cursor = `${away.connection.cursor.replace(/\.\d+$/, "")}.${away.all("ai_complete")[0]?.seq}`;
  await away.close();
  await stays.converse("/rate 0 /echo missed");
  stays.send({ message: "/rate 40 /count 80" });
  await stays.next("ai_chunk", ({ n }) => n === 10);
  const back = await ChatClient.connect(two, "resume", { since: cursor });
  expect(back.connection.recovered).toBe(true);
  const complete = await back.next("ai_complete", ({ message }) => message.startsWith("1 2"), 30_000);
  expect(back.all("message").map(({ message }) => message)).toEqual([
    "/rate 0 /echo missed",
    "/rate 40 /count 80",
  ]);
  expect(back.all("ai_complete").map(({ message }) => message)).toEqual(["missed", complete.message]);
  const [text] = back.connection.replies;
  const rest = back.all("ai_chunk").filter(({ id }) => id === complete.id);
  expect((text?.text ?? "") + rest.map(({ chunk }) => chunk).join("")).toBe(complete.message);
  expect(rest[0]?.n).toBe((text?.n ?? -1) + 1);
});

test("the same id sent twice, on two gateways, is one message with one answer", async () => {
  const left = await ChatClient.connect(one, "twice");
  const right = await ChatClient.connect(two, "twice", { guest: left.connection.guestToken ?? "" });
  const frame = { type: "message", id: randomUUIDv7(), message: "/rate 0 /echo once" };
  left.send(frame);
  right.send(frame);
  const first = await left.next("ack");
  const second = await right.next("ack");
  expect(second.seq).toBe(first.seq);
  expect([first.duplicate, second.duplicate].filter(Boolean)).toHaveLength(1);
  await left.next("ai_complete");
  right.send({ ...frame, message: "something else" });
  expect(await right.next("error")).toMatchObject({ code: "conflict", id: frame.id, temporary: false });
  expect(left.all("message")).toHaveLength(1);
  expect(left.all("ai_complete")).toHaveLength(1);
});

test("a gateway that is killed comes back on its port, and its sockets lose nothing", async () => {
  const client = await ChatClient.connect(two, "gateway-dies");
  await client.converse("/rate 0 /echo before");
  const gateway = (await natter.run()).find(({ role, url }) => role === "gateway" && url === two);
  process.kill(gateway?.pid ?? 0, "SIGKILL");
  await waitFor(() => client.closeCode !== undefined, { what: "the socket to close" });
  const cursor = `${client.connection.cursor.replace(/\.\d+$/, "")}.${client.all("ai_complete")[0]?.seq}`;
  const elsewhere = await ChatClient.connect(one, "gateway-dies", { since: cursor });
  expect(elsewhere.connection.recovered).toBe(true);
  await waitFor(async () => (await fetch(`${two}/readyz`).catch(() => undefined))?.ok, {
    what: "the gateway to come back",
    timeoutMs: 15_000,
  });
  const again = (await natter.run()).find(({ role, url }) => role === "gateway" && url === two);
  expect(again?.pid).not.toBe(gateway?.pid);
});

test("a worker that is killed in the middle of a reply is replaced, and nobody sees mixed text", async () => {
  const client = await ChatClient.connect(one, "worker-dies");
  client.send({ message: "/rate 10 /count 60" });
  await client.next("ai_chunk", ({ n }) => n >= 5);
  const workers = (await natter.run()).filter(({ role }) => role === "llm-worker");
  // Which of the two has it is not known here: both die, and both come back.
  for (const { pid } of workers) process.kill(pid, "SIGKILL");
  const second = await client.next("ai_start", ({ attempt }) => attempt === 2, 60_000);
  const complete = await client.next("ai_complete", ({ id }) => id === second.id, 60_000);
  expect(complete.attempt).toBe(2);
  expect(client.streamed(complete.id)).toBe(complete.message);
  expect(client.all("ai_complete")).toHaveLength(1);
});
