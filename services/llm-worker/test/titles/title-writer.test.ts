import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SessionView, StoreClient, type SessionLog } from "@natter/session-log";
import { limits } from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TitleWriter } from "../../src/titles/title-writer.ts";
import { Stage } from "../support/stage.ts";

const bob = { id: "u2", name: "Bob" };
const logger = createLogger("titles", { level: "silent", instance: undefined });
let stage: Stage;
let store: StoreClient;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-title-writer-"));
  stage = await Stage.open();
  store = new StoreClient(stage.connection);
  await stage.startPersistence(join(folder, "natter.db"));
});
afterAll(async () => {
  await stage?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ann asks, and the store knows that the session is hers. */
async function asked(sessionId: string): Promise<number> {
  await stage.say(sessionId, "a secret plan");
  await waitFor(async () => (await store.ask("details", { sessionId })).details.firstAuthor !== undefined, {
    what: "the first message in the store",
    timeoutMs: 15_000,
  });
  return (await stage.log.last(sessionId))?.seq ?? 0;
}

/** The log, which tells how often somebody looked where it ends. */
function watched(log: SessionLog): { log: SessionLog; looks: () => number } {
  let looks = 0;
  const last: SessionLog["last"] = async (sessionId) => {
    looks++;
    return log.last(sessionId);
  };
  const proxy = new Proxy(log, {
    get: (target, name) => {
      if (name === "last") return last;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  return { log: proxy, looks: () => looks };
}

/** The titles that a session has after a writer, while whose model thinks `meanwhile` comes. */
async function titlesAfter(
  sessionId: string,
  seq: number,
  meanwhile: () => Promise<unknown>,
): Promise<(string | undefined)[]> {
  const { log, looks } = watched(stage.log);
  const writer = new TitleWriter({
    log,
    view: new SessionView({ log, store }),
    model: {
      stream: async (_request, onPart) => {
        await meanwhile();
        onPart({ type: "text", text: "Secret plan" });
        return { reason: "stop" };
      },
    },
    replyTokens: 100,
    logger,
  });
  const promptContext = { messages: [], model: "m", isUntitled: true };
  writer.begin(sessionId, { promptContext, answer: "an answer", asked: { epoch: stage.log.epoch, seq } });
  // With the second look it begins to append, and then `stop` waits until it has.
  await waitFor(() => looks() > 1, { what: "the look before the append", timeoutMs: 15_000 });
  await writer.stop(AbortSignal.abort());
  return (await stage.eventsOf(sessionId, "session_updated")).map(({ title }) => title);
}

async function appendMany(sessionId: string, count: number): Promise<void> {
  for (let begun = 0; begun < count; begun += 200) {
    const part = Array.from({ length: Math.min(200, count - begun) });
    await Promise.all(part.map(async () => stage.append(sessionId, { type: "session_updated", model: "m" })));
  }
}

describe("a title that the model has found", () => {
  test("is given to a session that nobody has changed", async () => {
    const seq = await asked("same");
    expect(await titlesAfter("same", seq, async () => undefined)).toEqual(["Secret plan"]);
  });

  test("is kept back if the owner has deleted the session, whoever spoke before", async () => {
    const seq = await asked("deleted");
    const titles = await titlesAfter("deleted", seq, async () => {
      await stage.say("deleted", "hello", bob);
      await stage.append("deleted", { type: "session_deleted" });
    });
    expect(titles).toEqual([]);
  });

  test("is kept back if the session was deleted and begun again", async () => {
    const seq = await asked("again");
    const titles = await titlesAfter("again", seq, async () => {
      await stage.append("again", { type: "session_deleted" });
      await stage.say("again", "something new");
    });
    expect(titles).toEqual([]);
  });

  test("is given after as many events as are read at once, and kept back after one more", async () => {
    for (const [sessionId, more, given] of [
      ["full", 0, 1],
      ["over", 1, 0],
    ] as const) {
      const seq = await asked(sessionId);
      const titles = await titlesAfter(sessionId, seq, async () =>
        appendMany(sessionId, limits.tailEvents + more),
      );
      expect(titles.filter((title) => title !== undefined)).toHaveLength(given);
    }
  });
});
