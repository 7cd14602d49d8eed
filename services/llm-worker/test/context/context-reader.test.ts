import { SessionView, StoreUnavailable, StoreClient } from "@natter/session-log";
import { limits } from "@natter/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ContextReader } from "../../src/context/context-reader.ts";
import { Stage } from "../support/stage.ts";

const bob = { id: "u2", name: "Bob" };
let stage: Stage;
let reader: ContextReader;

beforeAll(async () => {
  // Without a persistence service: the store is away.
  stage = await Stage.open();
  reader = new ContextReader({
    view: new SessionView({ log: stage.log, store: new StoreClient(stage.connection) }),
    defaults: { systemPrompt: "", model: "m", allowedModels: [], budgetTokens: 100_000 },
  });
});
afterAll(async () => stage?.close());

async function appendMany(sessionId: string, count: number): Promise<void> {
  for (let begun = 0; begun < count; begun += 200) {
    const part = Array.from({ length: Math.min(200, count - begun) });
    await Promise.all(part.map(async () => stage.append(sessionId, { type: "session_updated", model: "m" })));
  }
}

async function told(sessionId: string, messageId: string): Promise<string[] | undefined> {
  const promptContext = await reader.read(sessionId, messageId);
  return promptContext?.messages.map(({ content }) => content);
}

describe("with the store away the context", () => {
  test("is made of as many events as are read at once, and of no more", async () => {
    await stage.say("bounded", "first");
    await appendMany("bounded", limits.tailEvents - 2);
    const last = await stage.say("bounded", "last");
    expect(await told("bounded", last)).toEqual(["first", "last"]);
    await appendMany("bounded", 1);
    expect(await told("bounded", last)).toEqual(["last"]);
  });

  test("of a message before those events waits for the store", async () => {
    const first = await stage.say("early", "first");
    await appendMany("early", limits.tailEvents);
    await expect(told("early", first)).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test("has nothing of a session that its owner deleted, whoever spoke first in those events", async () => {
    await stage.say("deleted", "first");
    await appendMany("deleted", limits.tailEvents);
    await stage.say("deleted", "hello", bob);
    await stage.append("deleted", { type: "session_updated", systemPrompt: "You know a secret." });
    await stage.append("deleted", { type: "session_deleted" });
    const last = await stage.say("deleted", "last");
    expect(await told("deleted", last)).toEqual(["last"]);
  });
});
