import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { StoreClient } from "@natter/session-log";
import { aiUser, isSpliceable } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { faultsOf, Stage } from "../support/stage.ts";

const on = { NATTER_AUTO_TITLES: "on" };
const question = /^Give this conversation a title/;
let stage: Stage;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-titles-"));
  stage = await Stage.open();
  await stage.startPersistence(join(folder, "natter.db"));
  await stage.startWorker(on);
  // Of a second one nothing may be seen.
  await stage.startWorker(on);
});
afterAll(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

async function ask(sessionId: string, message: string): Promise<string> {
  const promptId = await stage.say(sessionId, message);
  expect(await stage.endOf(sessionId, promptId)).toMatchObject({ finishReason: "stop" });
  return promptId;
}

async function titlesOf(sessionId: string): Promise<(string | undefined)[]> {
  return (await stage.eventsOf(sessionId, "session_updated")).map(({ title }) => title);
}

async function untilTitled(sessionId: string): Promise<void> {
  await waitFor(async () => (await titlesOf(sessionId)).length > 0, { what: "a title" });
}

let markers = 0;

/** Resolves when a reply from now on has its title. A title that was asked for before would be there by then. Costs one request. */
async function untilLaterTitle(): Promise<void> {
  markers++;
  const sessionId = `marker-${markers}`;
  await ask(sessionId, "/rate 0 /echo marker");
  await untilTitled(sessionId);
}

async function titleRequests(): Promise<number> {
  return (await stage.requests()).filter(({ lastUserMessage }) => question.test(lastUserMessage)).length;
}

describe("a session that nobody named", () => {
  test("gets the model's title after its first reply, once, and it is stored", async () => {
    await ask("plain", "/rate 0 /echo A lagoon is a shallow body of water.");
    await untilTitled("plain");
    for (const number of [1, 2]) await ask("plain", `/rate 0 /echo ${number}`);
    await untilLaterTitle();
    const events = await stage.events("plain");
    const types = events.map(({ event }) => event.type);
    expect(types.indexOf("session_updated")).toBeGreaterThan(types.indexOf("ai_complete"));
    const [updated, ...others] = await stage.eventsOf("plain", "session_updated");
    expect(others).toEqual([]);
    expect(updated).toMatchObject({ user: aiUser, title: "A lagoon is a shallow body" });
    expect(updated?.id).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(faultsOf(events)).toEqual([]);
    for await (const { bytes } of stage.log.read("plain", { after: 0 }))
      expect(isSpliceable(bytes)).toBe(true);
    const store = new StoreClient(stage.connection);
    const [entry] = await waitFor(
      async () => {
        const { sessions } = await store.ask("sessions", { userId: "u1", limit: 10, archived: false });
        const found = sessions.filter(({ sessionId, title }) => sessionId === "plain" && title !== undefined);
        return found.length > 0 ? found : undefined;
      },
      { what: "the title in the list" },
    );
    expect(entry?.title).toBe("A lagoon is a shallow body");
  });

  test.each([
    ["words", "What is a lagoon?", "What is a lagoon?"],
    ["korean", "석호가 무엇인지 알려 주세요.", "석호가 무엇인지 알려 주세요"],
    ["command", "/rate 0 /count 3", "count 3"],
  ])("is called by its first words: %s", async (sessionId, message, title) => {
    await ask(sessionId, `/rate 0 ${message}`);
    await untilTitled(sessionId);
    expect(await titlesOf(sessionId)).toEqual([title]);
  });

  test("is answered again while the model thinks about its title", async () => {
    await ask("busy", "/title 1500 /rate 0 /echo slow title");
    await ask("busy", "/rate 0 /echo at once");
    expect(await titlesOf("busy")).toEqual([]);
    await untilTitled("busy");
    expect(await titlesOf("busy")).toEqual(["slow title"]);
  });

  test("gets its title with the next reply if the first worker was stopped", async () => {
    const before = await titleRequests();
    const alone = await Stage.open();
    try {
      await alone.startPersistence(join(folder, "alone.db"));
      const first = await alone.startWorker(on);
      const promptId = await alone.say("alone", "/title 800 /rate 0 /echo left alone");
      await alone.endOf("alone", promptId);
      await waitFor(async () => (await alone.requests()).length === 2, { what: "the title's request" });
      await first.stop();
      expect(await alone.eventsOf("alone", "session_updated")).toEqual([]);
      await alone.startWorker(on);
      await alone.endOf("alone", await alone.say("alone", "/rate 0 /echo again"));
      const [updated] = await waitFor(
        async () => {
          const found = await alone.eventsOf("alone", "session_updated");
          return found.length > 0 ? found : undefined;
        },
        { what: "a title" },
      );
      expect(updated?.title).toBe("left alone");
    } finally {
      await alone.close();
    }
    expect(await titleRequests()).toBe(before);
  });
});

describe("a person's title", () => {
  test.each(["Islands", ""])("is kept, and the model is not asked: %j", async (title) => {
    const sessionId = `named-${title.length}`;
    await stage.append(sessionId, { type: "session_updated", title });
    const before = await titleRequests();
    await ask(sessionId, "/rate 0 /echo hello");
    await untilLaterTitle();
    expect(await titlesOf(sessionId)).toEqual([title]);
    expect(await titleRequests()).toBe(before + 1);
  });

  test("wins over one that the model thinks about", async () => {
    await ask("raced", "/title 800 /rate 0 /echo too late");
    await waitFor(async () => (await stage.requests()).at(-1)?.outcome === "running", {
      what: "the request",
    });
    await stage.append("raced", { type: "session_updated", title: "Mine" });
    await waitFor(async () => (await stage.requests()).at(-1)?.outcome === "finished", { what: "its end" });
    await untilLaterTitle();
    expect(await titlesOf("raced")).toEqual(["Mine"]);
  });
});

describe("a title that fails", () => {
  test("leaves the replies as they are, and is asked for at most twice by a worker", async () => {
    const before = await titleRequests();
    const replies = 6;
    for (let number = 0; number < replies; number++) {
      await ask("failing", `/notitle /rate 0 /echo ${number}`);
      await waitFor(async () => (await stage.requests()).every(({ outcome }) => outcome !== "running"), {
        what: "quiet",
      });
      await untilLaterTitle();
    }
    expect(await titlesOf("failing")).toEqual([]);
    const asked = (await titleRequests()) - before - replies;
    expect(asked).toBeGreaterThan(0);
    expect(asked).toBeLessThanOrEqual(4);
    expect(faultsOf(await stage.events("failing"))).toEqual([]);
  });

  test("is not asked for after a reply that failed", async () => {
    const before = await titleRequests();
    await stage.endOf("broken", await stage.say("broken", "/cut 1 /rate 0 /count 9"));
    await untilLaterTitle();
    expect(await titleRequests()).toBe(before + 1);
  });
});

test("two workers that name one session at the same time give it one title", async () => {
  const sessionId = "twice";
  const promptId = await stage.say(sessionId, "/title 500 /rate 0 /echo one title");
  await stage.endOf(sessionId, promptId);
  // Answered by either of the two, each time, while the title is thought about.
  await Promise.all(
    Array.from({ length: 8 }, async (_, number) => {
      const again = await stage.say(sessionId, `/rate 0 /echo ${number}`);
      await stage.endOf(sessionId, again);
    }),
  );
  await untilTitled(sessionId);
  await untilLaterTitle();
  expect(await titlesOf(sessionId)).toEqual(["one title"]);
});
