/** Each answer at its largest is one message of the broker, whatever is in the store. */
import {
  Applied,
  durableFrames,
  encodeFrame,
  limits,
  replyIdOf,
  rpcVerbs,
  storeRpc,
  subjects,
  type LogEvent,
  type RpcAnswer,
  type RpcQuestion,
  type RpcReply,
  type RpcVerb,
  type User,
} from "@natter/protocol";
import {
  largestEvents,
  largestPageMessage,
  largestReactions,
  largestUser,
  textOfBytes,
} from "@natter/testing";
import { AnswerTooLarge, decodeEvent, StoreClient } from "@natter/session-log";
import { Errors } from "typebox/value";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Answers } from "../../src/answering/answers.ts";
import { createApp } from "../../src/app.ts";
import { AppliedFloor } from "../../src/answering/applied.ts";
import type { RecordedEvent, Store } from "../../src/store/store.ts";
import { logger, RecordedLog, stream, withFaults } from "../support/recorded-log.ts";

/** Of an earlier log, so that each message says its epoch. */
const epoch = "1700000000000-999999999999";
const reader = largestUser();
const numbers = (length: number): number[] => Array.from({ length }, (_, n) => n);
const sessionOf = (name: string): string => name.padEnd(limits.sessionIdLength, "_");
const idOf = (name: string): string => name.padEnd(64, "_");

let recorded: RecordedLog;
let connection: Awaited<ReturnType<RecordedLog["openLog"]>>["connection"];
let store: Store;
let seq = 1_000_000_000_000;

beforeAll(async () => {
  recorded = await RecordedLog.open();
  store = await recorded.openStore();
  const config = {
    natsUrl: recorded.server.url,
    instance: "persistence-1",
    stream,
    store: { kind: "sqlite", path: recorded.path },
  } as const;
  const app = await createApp(config, logger);
  await app.start();
  recorded.onClose(() => app.stop());
  ({ connection } = await recorded.openLog());
});
afterAll(() => recorded?.[Symbol.asyncDispose]());

function at(sessionId: string, event: LogEvent): RecordedEvent {
  seq++;
  return { sessionId, position: { epoch, seq }, event };
}

function message(name: string, text: string, user: User = reader): LogEvent {
  return { ...largestEvents.message, id: idOf(name), user, message: text };
}

function answerTo(name: string, text: string): LogEvent {
  const id = replyIdOf(idOf(name), idOf(name));
  const ids = { id, promptId: idOf(name), messageId: idOf(name) };
  return { ...largestEvents.ai_complete, ...ids, message: text, finishReason: "length" };
}

/** The bytes of the answer, and what it says. */
async function ask<V extends RpcVerb>(
  verb: V,
  question: RpcQuestion<V>,
): Promise<{ bytes: number; answer: RpcAnswer<V> }> {
  const found = await connection.request(subjects.rpc(verb), encodeFrame(question), {
    timeoutMs: 3_000,
  });
  const reply = found.json<RpcReply<V>>();
  if (!reply.ok) throw new Error(`${verb} is answered with ${reply.error}`);
  return { bytes: found.data.length, answer: reply };
}

/** Fills a session with what its question finds. Each answer has at least so many bytes, so none of them is small by mistake. */
const largest: {
  readonly [V in RpcVerb]: () => Promise<{
    question: RpcQuestion<V>;
    leastBytes: number;
    check?: (answer: RpcAnswer<V>) => void;
  }>;
} = {
  async history() {
    const sessionId = sessionOf("history");
    const groups = 5;
    const events = [at(sessionId, { ...largestEvents.ai_complete })];
    for (const [n, { emoji }] of largestReactions.entries())
      for (const other of numbers(limits.reactionUsers + 1)) {
        const user = largestUser(100 * (n % groups) + other);
        const messageId = largestEvents.ai_complete.id;
        events.push(
          at(sessionId, {
            ...largestEvents.reaction,
            id: idOf(`r${n}x${other}`),
            user,
            messageId,
            emoji,
            on: true,
          }),
        );
      }
    await store.record(events);
    return {
      question: { sessionId, limit: limits.pageMessages, reader: largestUser(10).id },
      leastBytes: limits.replyTextBytes + limits.replyReasoningBytes + 30_000,
      check: ({ messages }) => {
        expect(messages[0]?.message).toBe(largestEvents.ai_complete.message);
        expect(messages[0]?.reactions).toHaveLength(largestReactions.length);
      },
    };
  },
  async sessions() {
    const { title } = largestEvents.session_updated;
    for (const n of numbers(limits.sessionListEntries + 10)) {
      const sessionId = sessionOf(`list${n}`);
      const said = message(`list${n}`, textOfBytes(1_200));
      const named = { ...largestEvents.session_updated, id: idOf(`title${n}`), ...(title ? { title } : {}) };
      await store.record([at(sessionId, said), at(sessionId, named)]);
    }
    return {
      question: { userId: reader.id, limit: limits.sessionListEntries, archived: false },
      leastBytes: 590_000,
      check: ({ sessions }) => expect(sessions).toHaveLength(limits.sessionListEntries),
    };
  },
  async search() {
    const sessionId = sessionOf("search");
    const text = `${textOfBytes(limits.replyTextBytes - 7)} needle`;
    await store.record([at(sessionId, message("search", "hay")), at(sessionId, answerTo("search", text))]);
    for (const n of numbers(limits.searchHits))
      await store.record([at(sessionId, message(`needle${n}`, `needle ${textOfBytes(3_000)}`))]);
    return {
      question: { userId: reader.id, query: "needle", limit: limits.searchHits },
      leastBytes: 650_000,
    };
  },
  async reactions() {
    return {
      question: {
        sessionId: sessionOf("history"),
        messageId: largestEvents.ai_complete.id,
        reader: reader.id,
      },
      leastBytes: 30_000,
    };
  },
  async receipt() {
    await store.record([at(sessionOf("receipt"), message("receipt", "x"))]);
    return { question: { eventId: idOf("receipt") }, leastBytes: 50 };
  },
  async target() {
    await store.record([at(sessionOf("target"), message("target", "x"))]);
    return { question: { sessionId: sessionOf("target"), messageId: idOf("target") }, leastBytes: 10 };
  },
  async prompts() {
    const sessionId = sessionOf("prompts");
    const prompts = numbers(1_000).map((n) => message(`prompt${n}`, "x"));
    await store.record(prompts.map((each) => at(sessionId, each)));
    return { question: { sessionId }, leastBytes: 200_000 };
  },
  async earliest_prompt() {
    return { question: {}, leastBytes: 50 };
  },
  async context() {
    const sessionId = sessionOf("context");
    await store.record([at(sessionId, largestEvents.session_updated)]);
    for (const n of numbers(12))
      await store.record([at(sessionId, { ...largestEvents.message, id: idOf(`context${n}`) })]);
    return {
      question: { sessionId, messageId: idOf("context11"), textBytes: 10_000_000 },
      leastBytes: 700_000,
      check: ({ details }) => expect(details.systemPrompt).toHaveLength(limits.systemPromptLength),
    };
  },
  async details() {
    const sessionId = sessionOf("details");
    await store.record([at(sessionId, largestEvents.session_updated)]);
    for (const n of numbers(limits.readMarks + 10))
      await store.record([
        at(sessionId, { ...largestEvents.read_receipt, id: idOf(`read${n}`), user: largestUser(n) }),
      ]);
    return {
      question: { sessionId },
      leastBytes: 120_000,
      check: ({ readMarks }) => expect(readMarks).toHaveLength(limits.readMarks),
    };
  },
  async mark() {
    return { question: { userId: reader.id, sessionId: sessionOf("mark"), pinned: true }, leastBytes: 30 };
  },
};

async function askLargest<V extends RpcVerb>(
  verb: V,
): Promise<{ bytes: number; answer: RpcAnswer<V>; leastBytes: number }> {
  const { question, leastBytes, check } = await largest[verb]();
  const { bytes, answer } = await ask(verb, question);
  check?.(answer);
  return { bytes, answer, leastBytes };
}

describe("the largest answer", () => {
  test.each(rpcVerbs)("to %s is one message of the broker", async (verb) => {
    const { bytes, answer, leastBytes } = await askLargest(verb);
    expect(bytes).toBeGreaterThan(leastBytes);
    expect(bytes).toBeLessThan(limits.brokerMessageBytes);
    expect([...Errors(storeRpc[verb].answer, answer)]).toEqual([]);
    expect([...Errors(Applied, answer)]).toEqual([]);
  });

  test("is of events that the recorder takes", () => {
    for (const type of Object.keys(durableFrames) as (keyof typeof durableFrames)[]) {
      const bytes = encodeFrame(largestEvents[type]);
      expect(decodeEvent(bytes)).toMatchObject({ ok: true });
    }
  });
});

describe("an answer that no message of the broker holds", () => {
  test("is answered as too large, at once, and other questions are answered", async () => {
    const other = await RecordedLog.open();
    const opened = await other.openLog();
    const details = { title: "x".repeat(limits.brokerMessageBytes) };
    const strange = withFaults(await other.openStore(), { details: () => Promise.resolve(details) });
    const answers = new Answers({ ...opened, store: strange, applied: new AppliedFloor(opened), logger });
    answers.start();
    const client = new StoreClient(opened.connection);
    const sessionId = sessionOf("strange");
    for (const verb of ["details", "context"] as const) {
      const asked = client.ask(verb, { sessionId, messageId: idOf("m"), textBytes: 1 });
      await expect(asked).rejects.toBeInstanceOf(AnswerTooLarge);
    }
    expect(await client.ask("prompts", { sessionId })).toMatchObject({ prompts: [] });
    await answers.stop();
    await other[Symbol.asyncDispose]();
  });
});

describe("what something else than natter has put into the log", () => {
  const bytes = limits.brokerMessageBytes - 2_048;
  const huge = "x".repeat(bytes);

  test.each<[string, LogEvent]>([
    ["a text", message("huge-text", huge)],
    ["a name", { ...message("huge-name", "said"), user: { id: "u", name: huge } }],
    ["a user's id", { ...message("huge-id", "said"), user: { id: huge, name: "n" } }],
    [
      "a thought",
      {
        ...largestEvents.ai_complete,
        id: replyIdOf(idOf("q"), idOf("huge")),
        message: "said",
        reasoning: huge,
      },
    ],
    [
      "a model's name",
      { ...largestEvents.ai_complete, id: replyIdOf(idOf("q"), idOf("model")), message: "said", model: huge },
    ],
    ["an unknown field", Object.assign(message("huge-field", "said"), { other: huge })],
  ])(
    "with %s as long as the broker takes does not keep anybody from the pages of its session",
    async (name, event) => {
      const sessionId = sessionOf(name.replaceAll(/[^a-z]/g, "-"));
      await store.record([
        at(sessionId, message(`before ${name}`.replaceAll(/[^a-z]/g, "-"), "before")),
        at(sessionId, event),
      ]);
      const { bytes: size, answer } = await ask("history", { sessionId, limit: 20 });
      expect(size).toBeLessThan(limits.brokerMessageBytes);
      expect(answer.messages.at(-1)?.id).toBe(event.id);
      const older = await ask("history", { sessionId, limit: 20, before: event.id });
      expect(older.answer.messages.map(({ message: text }) => text)).toEqual(["before"]);
      const found = await ask("context", { sessionId, messageId: event.id, textBytes: 1_000 });
      expect(found.bytes).toBeLessThan(limits.brokerMessageBytes);
    },
  );

  test("with a title as long as the broker takes does not keep anybody from the list of sessions", async () => {
    const sessionId = sessionOf("huge-title");
    const title = {
      ...largestEvents.session_updated,
      id: idOf("huge-title"),
      user: { id: "t", name: "t" },
      title: huge,
    };
    await store.record([at(sessionId, title)]);
    const { sessions } = (await ask("sessions", { userId: "t", limit: 10, archived: false })).answer;
    expect(sessions.map(({ sessionId: id }) => id)).toEqual([sessionId]);
    const { bytes: size } = await ask("details", { sessionId });
    expect(size).toBeLessThan(limits.clientFrameBytes);
  });
});

test("the largest message of a page has more in it than any that is stored", () => {
  expect(encodeFrame(largestPageMessage).length).toBeGreaterThan(
    encodeFrame(largestEvents.ai_complete).length,
  );
});
