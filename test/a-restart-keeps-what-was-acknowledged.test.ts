import { randomUUIDv7 } from "node:crypto";
import { ChatClient, startNatter, waitFor } from "@natter/testing";
import { expect, test } from "vitest";

async function history(
  url: string,
  sessionId: string,
): Promise<{ message: string; type: string; clientId?: string }[]> {
  const answer = await fetch(`${url}/api/sessions/${sessionId}/messages?limit=100`);
  return ((await answer.json()) as { messages: { message: string; type: string; clientId?: string }[] })
    .messages;
}

test("an orderly restart keeps the history", async () => {
  await using natter = await startNatter();
  const client = await ChatClient.connect(natter.url, "kept");
  const { message } = await client.converse("/rate 0 /echo 그대로");
  expect(await natter.stop()).toBe(0);
  expect(await natter.run()).toEqual([]);
  await natter.restart();
  expect((await history(natter.url, "kept")).map((entry) => entry.message)).toEqual([
    "/rate 0 /echo 그대로",
    message,
  ]);
});

test("a kill of every process loses nothing that was acknowledged, and answers what was not answered", async () => {
  await using natter = await startNatter();
  const client = await ChatClient.connect(natter.url, "killed");
  const { guestToken } = client.connection;
  const ids = Array.from({ length: 20 }, () => randomUUIDv7());
  for (const id of ids) client.send({ type: "message", id, message: `/rate 0 /echo ${id}` });
  await waitFor(() => client.all("ack").length >= 10, { what: "ten acks" });
  await natter.killAll();
  const acknowledged = client.all("ack").map(({ id }) => id);
  await natter.restart();

  const again = await ChatClient.connect(natter.url, "killed", { guest: guestToken ?? "" });
  for (const id of ids) again.send({ type: "message", id, retry: true, message: `/rate 0 /echo ${id}` });
  await waitFor(() => again.all("ack").length === ids.length, { what: "every ack", timeoutMs: 30_000 });
  const taken = again.all("ack").filter(({ id }) => acknowledged.includes(id));
  expect(taken.filter(({ duplicate }) => !duplicate)).toEqual([]);
  const answered = await waitFor(
    async () => {
      const messages = await history(natter.url, "killed");
      return messages.filter(({ type }) => type === "ai_complete").length === ids.length && messages;
    },
    { what: "every answer", timeoutMs: 60_000 },
  );
  const sent = answered.filter(({ type }) => type === "message").map(({ clientId }) => clientId);
  expect(sent).toEqual(ids);
  const replies = answered.filter(({ type }) => type === "ai_complete").map(({ message }) => message);
  expect(replies).toEqual(ids);
});
