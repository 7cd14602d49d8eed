import { ChatClient, reachNatter, waitFor, type ReachedNatter } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

/** As docs/protocol.md promises it. */
const [ofOneUser, ofOneMessage] = [20, 50];

let natter: ReachedNatter;

beforeAll(async () => {
  natter = await reachNatter();
});
afterAll(async () => natter[Symbol.asyncDispose]());

interface Reaction {
  readonly emoji: string;
  readonly count: number;
  readonly users: readonly string[];
}

const emojiOf = (n: number): string => String.fromCodePoint(0x1f600 + n);

/** @returns `ack`, or the code of the refusal */
async function react(client: ChatClient, messageId: string, emoji: string, on = true): Promise<string> {
  const id = crypto.randomUUID();
  client.send({ type: "reaction", id, messageId, emoji, on });
  return waitFor(
    () => {
      if (client.all("ack").some((ack) => ack.id === id)) return "ack";
      return client.all("error").find((error) => error.id === id)?.code;
    },
    { what: "the answer to a reaction" },
  );
}

async function reactionsFor(client: ChatClient, sessionId: string): Promise<readonly Reaction[]> {
  const { guestToken } = client.connection;
  const answer = await fetch(`${natter.url}/api/sessions/${sessionId}/messages`, {
    headers: { authorization: `Bearer ${guestToken}` },
  });
  expect(answer.status).toBe(200);
  const { messages } = (await answer.json()) as { messages: { reactions?: Reaction[] }[] };
  return messages[0]?.reactions ?? [];
}

test("people who try everything find the bounds of a message, and its page stays readable", async () => {
  const sessionId = natter.session("reactions");
  const people = [
    await ChatClient.connect(natter.url, sessionId),
    await ChatClient.connect(natter.url, sessionId),
    await ChatClient.connect(natter.url, sessionId),
  ];
  const [ann] = people as [ChatClient];
  ann.send({ message: "/echo hi" });
  const { id } = await ann.next("message");
  for (const [person, client] of people.entries()) {
    const answers: string[] = [];
    for (let n = 0; n < ofOneUser + 2; n++) answers.push(await react(client, id, emojiOf(person * 25 + n)));
    const room = Math.min(ofOneUser, ofOneMessage - person * ofOneUser);
    expect(answers.filter((answer) => answer === "ack")).toHaveLength(room);
    expect(answers.slice(room).every((answer) => answer === "too_many_reactions")).toBe(true);
  }
  expect(await react(ann, id, "pile e\u0301\u0301")).toBe("bad_emoji");
  expect(await react(ann, id, emojiOf(0), false)).toBe("ack");
  expect(await react(ann, id, "👍🏽")).toBe("ack");
  const reactions = await reactionsFor(ann, sessionId);
  expect(reactions).toHaveLength(ofOneMessage);
  const own = reactions.filter(({ users }) => users.includes(ann.connection.user.id));
  expect(own).toHaveLength(ofOneUser);
  expect(own.map(({ emoji }) => emoji)).toContain("👍🏽");
});
