import { randomUUIDv7 } from "node:crypto";
import { ChatClient, reachNatter, waitFor, type ReachedNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: ReachedNatter;
let one: string;
let two: string;

beforeAll(async () => {
  natter = await reachNatter({ gateways: 2, workers: 2, persistence: 2 });
  // Behind a proxy, each socket may come to another gateway.
  [one, two = one] = natter.urls;
});
afterAll(async () => natter[Symbol.asyncDispose]());

function durable(client: ChatClient): unknown[] {
  return client.frames.filter((frame) => "seq" in frame && frame.type !== "ack");
}

test("sockets on two gateways see the same frames in the same order", async () => {
  const left = await ChatClient.connect(one, natter.session("split"));
  const right = await ChatClient.connect(two, natter.session("split"));
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
  const away = await ChatClient.connect(one, natter.session("resume"));
  const stays = await ChatClient.connect(one, natter.session("resume"));
  await away.converse("/rate 0 /echo before");
  const cursor = `${away.connection.cursor.replace(/\.\d+$/, "")}.${away.all("ai_complete")[0]?.seq}`;
  await away.close();
  await stays.converse("/rate 0 /echo missed");
  stays.send({ message: "/rate 40 /count 80" });
  await stays.next("ai_chunk", ({ n }) => n === 10);
  const back = await ChatClient.connect(two, natter.session("resume"), { since: cursor });
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
  const left = await ChatClient.connect(one, natter.session("twice"));
  const right = await ChatClient.connect(two, natter.session("twice"), {
    guest: left.connection.guestToken ?? "",
  });
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
