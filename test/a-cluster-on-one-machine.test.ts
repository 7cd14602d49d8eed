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
