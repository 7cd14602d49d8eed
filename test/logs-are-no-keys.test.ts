/** Whoever knows a session's id can read it, so the logs of a whole natter must not have one. */
import { randomUUID } from "node:crypto";
import { ChatClient, startNatter, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: TestNatter;
const sessions = Array.from({ length: 3 }, () => `Secret_${randomUUID()}`);

beforeAll(async () => {
  // A provider that is never reached: the worker has much to say about each reply.
  const env = { OPENAI_BASE_URL: "http://127.0.0.1:9/v1", NATTER_LOG_LEVEL: "trace" };
  natter = await startNatter({ env });
}, 300_000);
afterAll(async () => natter?.[Symbol.asyncDispose]());

test("no line of any process names a session by its id or a guest by their token, and sessions are told apart", async () => {
  const tokens: string[] = [];
  for (const sessionId of sessions) {
    const client = await ChatClient.connect(natter.url, sessionId, { name: "Ann" });
    const guest = client.connection.guestToken ?? "";
    tokens.push(guest);
    client.send({ message: "hello" });
    await client.next("ai_complete");
    client.send("nonsense");
    const path = `${natter.url}/api/sessions/${sessionId}`;
    // A socket where there is none, what the store cannot know, and a deletion.
    new WebSocket(`${path.replace("http", "ws")}?guest=${guest}`).addEventListener("error", () => undefined);
    await fetch(`${path}/messages?before=nothing&guest=${guest}`);
    await fetch(`${path}?guest=${guest}`, { method: "DELETE" });
    await client.next("session_deleted");
  }
  await natter.stop();
  for (const secret of [...sessions, ...tokens]) expect(natter.output).not.toContain(secret);
  const names = [...natter.output.matchAll(/sessionId=(s\.[\w-]{12})/g)].map(([, name]) => name);
  expect(names.length).toBeGreaterThan(sessions.length);
  // One name for each, the same in the lines of all processes.
  expect(new Set(names).size).toBe(sessions.length);
  expect(tokens.every((token) => token.length > 20)).toBe(true);
});
