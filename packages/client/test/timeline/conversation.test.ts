import {
  applyToTimeline,
  createTimeline,
  messagesOf,
  type LogEvent,
  type PageMessage,
  type ServerFrame,
} from "@natter/protocol";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Conversation } from "../../src/timeline/conversation.ts";
import type { Answer, Message, UserMessage } from "../../src/snapshots.ts";
import { FakeSession } from "../../src/testing.ts";
import { epoch, mixed, sessions } from "../support/arbitrary-session.ts";

const at = (seq: number) => ({ epoch, seq });

function feed(conversation: Conversation, frame: ServerFrame): void {
  if (frame.type === "ai_chunk" || frame.type === "ai_text") conversation.applyReply(frame);
  else if (isEvent(frame)) conversation.apply(frame, at(frame.seq ?? 0));
}

function isEvent(frame: ServerFrame): frame is LogEvent {
  return "seq" in frame && frame.type !== "ack";
}

function conversationOf(frames: readonly ServerFrame[]): Conversation {
  const conversation = new Conversation();
  for (const frame of frames) feed(conversation, frame);
  return conversation;
}

function messagesIn(conversation: Conversation): (Message | undefined)[] {
  return conversation.keys.map((key) => conversation.message(key));
}

/** What can be seen of each reply while it runs: each attempt after each of its chunks. */
function shownOf(frames: readonly ServerFrame[]): Map<string, Set<string>> {
  const shown = new Map<string, Set<string>>();
  const attempts = new Map<string, { text: string; reasoning: string }>();
  for (const frame of frames) {
    if (frame.type !== "ai_chunk") continue;
    const key = `${frame.id} ${frame.attempt}`;
    let { text, reasoning } = attempts.get(key) ?? { text: "", reasoning: "" };
    if (frame.takesText) [text, reasoning] = ["", reasoning + text];
    if (frame.part === undefined) text += frame.chunk;
    else reasoning += frame.chunk;
    attempts.set(key, { text, reasoning });
    const states = shown.get(frame.id) ?? new Set([both("", "")]);
    shown.set(frame.id, states.add(both(text, reasoning)));
  }
  return shown;
}

function both(text: string, reasoning: string): string {
  return JSON.stringify([text, reasoning]);
}

function pageOf(frames: readonly ServerFrame[], upTo: number): PageMessage[] {
  const timeline = createTimeline();
  for (const frame of frames.filter(isEvent))
    if ((frame.seq ?? 0) <= upTo) applyToTimeline(timeline, frame, at(frame.seq ?? 0));
  return messagesOf(timeline);
}

describe("the timeline", () => {
  test("keeps answers whose questions are on an older page in their order, and puts each below its question when that comes", () => {
    const user = { id: "u", name: "U" };
    const sentAt = "2026-01-01T00:00:00.000Z";
    const numbers = Array.from({ length: 9 }, (_, index) => index + 1);
    const questions = numbers.map((n): PageMessage => {
      const id = `m${n}`;
      return { type: "message", id, seq: n, user, sentAt, message: `question ${n}`, is_user: true };
    });
    const answers = numbers.map((n): PageMessage => {
      const id = `m${n}`;
      const of = {
        promptId: id,
        messageId: id,
        attempt: 1,
        chunks: 1,
        finishReason: "stop",
        model: "x",
      } as const;
      return {
        type: "ai_complete",
        id: `${id}.${id}`,
        seq: 100 + n,
        user,
        sentAt,
        ...of,
        message: `answer ${n}`,
      };
    });
    const conversation = new Conversation();
    conversation.reset(answers.slice(5), at(200), []);
    conversation.addPage(answers.slice(0, 5), at(200));
    const answered = numbers.map((n) => `answer ${n}`);
    expect(messagesIn(conversation).map((message) => message?.text)).toEqual(answered);
    conversation.addPage(questions.slice(3), at(200));
    expect(messagesIn(conversation).map((message) => message?.text)).toEqual([
      ...answered.slice(0, 3),
      ...numbers.slice(3).flatMap((n) => [`question ${n}`, `answer ${n}`]),
    ]);
  });

  test("is the same for any order and any repetition of the frames, but for words that are still missing", () => {
    const runs = sessions.chain((frames) => fc.tuple(fc.constant(frames), mixed(frames)));
    fc.assert(
      fc.property(runs, ([frames, other]) => {
        const expected = conversationOf(frames);
        const conversation = conversationOf(other);
        expect(conversation.keys).toEqual(expected.keys);
        expect(conversation.running).toEqual(expected.running);
        expect(messagesIn(conversation).map(withoutStream)).toEqual(messagesIn(expected).map(withoutStream));
      }),
      { numRuns: 300 },
    );
  });

  test("is the same from a page and what comes after it, whichever is first, also with what came before", () => {
    const runs = sessions.chain((frames) => fc.tuple(fc.constant(frames), fc.nat(), fc.nat()));
    fc.assert(
      fc.property(runs, ([frames, cut, overlap]) => {
        const last = frames.filter(isEvent).length;
        const upTo = cut % (last + 1);
        const from = upTo - (overlap % (upTo + 1));
        const page = pageOf(frames, upTo);
        const later = frames.filter((frame) => !isEvent(frame) || (frame.seq ?? 0) > from);
        const expected = messagesIn(conversationOf(frames)).map(essence);
        const pageFirst = new Conversation();
        pageFirst.addPage(page, at(upTo));
        for (const frame of later) feed(pageFirst, frame);
        const pageLast = conversationOf(later);
        pageLast.addPage(page, at(upTo));
        const replaced = conversationOf(frames.slice(0, overlap % frames.length));
        for (const frame of later) if (!isEvent(frame)) feed(replaced, frame);
        replaced.reset(
          page,
          at(upTo),
          later.filter(isEvent).map((event) => ({ event, position: at(event.seq ?? 0) })),
        );
        for (const conversation of [pageFirst, pageLast, replaced])
          expect(messagesIn(conversation).map(essence)).toEqual(
            expected.map(withoutUnseenPrompts(conversation)),
          );
      }),
      { numRuns: 300 },
    );
  });

  test("never shows words of two attempts, a word twice, or a word after a hole", () => {
    const runs = sessions.chain((frames) => fc.tuple(fc.constant(frames), mixed(frames)));
    fc.assert(
      fc.property(runs, ([frames, other]) => {
        const shown = shownOf(frames);
        const ends = new Map(
          frames.flatMap((frame) =>
            frame.type === "ai_complete" ? [[frame.id, both(frame.message, frame.reasoning ?? "")]] : [],
          ),
        );
        const isTrue = ({ id, text, reasoning, state }: Answer): boolean => {
          const said = both(text, reasoning);
          if (state === "complete") return said === ends.get(id);
          return said === both("", "") || shown.get(id)?.has(said) === true;
        };
        const conversation = new Conversation();
        const wrong: Answer[] = [];
        for (const frame of other) {
          feed(conversation, frame);
          const answers = [...conversation.takeChanged()].map((key) => conversation.message(key));
          wrong.push(...answers.filter((message) => message?.kind === "answer").filter((it) => !isTrue(it)));
          expect(new Set(conversation.keys).size).toBe(conversation.keys.length);
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("says what the protocol's fold says of what is stored", () => {
    fc.assert(
      fc.property(sessions, (frames) => {
        const conversation = conversationOf(frames);
        const stored = pageOf(frames, frames.length);
        const shown = stored.map(({ id }) => conversation.message(conversation.keyOf(id) ?? ""));
        const said = stored.map((message) =>
          message.type === "ai_complete"
            ? { kind: "answer", isVersion: true }
            : { kind: "message", ...inAll(message), text: message.message },
        );
        expect(
          shown.map((view, index) =>
            view?.kind === "message"
              ? { kind: view.kind, ...inAll(view), text: view.text }
              : { kind: view?.kind, isVersion: view?.versions.includes(stored[index]?.id ?? "") },
          ),
        ).toEqual(said);
      }),
      { numRuns: 300 },
    );
  });
});

function inAll({ editedAt, deletedAt, reactions }: Partial<UserMessage>): object {
  return { editedAt, deletedAt, reactions: reactions ?? [] };
}

/** Words of a running reply depend on the order in which they come; a complete one's do not. */
function withoutStream(message: Message | undefined): unknown {
  if (message?.kind !== "answer" || message.state === "complete") return message;
  const { text: _text, reasoning: _reasoning, ...rest } = message;
  return rest;
}

function essence(message: Message | undefined): Record<string, unknown> {
  if (message?.kind !== "answer") return { ...message };
  return { kind: message.kind, key: message.key, versions: message.versions };
}

/** A page does not say that a regenerate or an edit asked for an answer which has not begun. */
function withoutUnseenPrompts(conversation: Conversation) {
  return (expected: Record<string, unknown>): Record<string, unknown> => {
    if (expected["kind"] !== "answer") return expected;
    const seen = conversation.message(String(expected["key"])) as Answer | undefined;
    const isComplete = (id: string): boolean => seen?.versions.includes(id) ?? false;
    return { ...expected, versions: (expected["versions"] as string[]).filter(isComplete) };
  };
}

describe("a conversation", () => {
  const ann = { id: "ann", name: "Ann" };

  function seen(play: (session: FakeSession) => void): Conversation {
    const frames: ServerFrame[] = [];
    const session = new FakeSession("s", { epoch, answer: () => undefined, liveDelayMs: undefined });
    session.join((frame) => frames.push(frame), ann, {});
    play(session);
    return conversationOf(frames);
  }

  test("shows an answer below its question, whoever spoke in between", () => {
    const conversation = seen((session) => {
      const first = session.say("one");
      const second = session.say("two");
      const reply = session.startAnswer(first);
      reply.write("answer to one");
      session.say("three");
      reply.end();
      session.startAnswer(second).end();
    });
    expect(messagesIn(conversation).map((message) => [message?.kind, message?.text])).toEqual([
      ["message", "one"],
      ["answer", "answer to one"],
      ["message", "two"],
      ["answer", ""],
      ["message", "three"],
      ["answer", ""],
    ]);
    expect(conversation.running).toHaveLength(1);
  });

  test("keeps the versions of an answer, shows the latest, and another one when asked", () => {
    let messageId = "";
    const conversation = seen((session) => {
      messageId = session.say("question");
      const first = session.startAnswer(messageId);
      first.write("first");
      first.end();
      session.take({ type: "regenerate", messageId: first.id }, ann);
      const second = session.startAnswer(messageId, session.log.at(-1)?.id);
      second.write("second");
    });
    const key = conversation.keyOf(`${messageId}.${messageId}`) ?? "";
    expect(conversation.message(key)).toMatchObject({ text: "second", state: "streaming", versionIndex: 1 });
    conversation.showVersion(key, 0);
    expect(conversation.message(key)).toMatchObject({ text: "first", state: "complete", versionIndex: 0 });
    expect((conversation.message(key) as Answer).versions).toHaveLength(2);
  });

  test("leaves the list and every other message as they are when a word comes", () => {
    const frames: ServerFrame[] = [];
    const session = new FakeSession("s", { epoch, answer: () => undefined, liveDelayMs: undefined });
    session.join((frame) => frames.push(frame), ann, {});
    const reply = session.startAnswer(session.say("question"));
    const conversation = conversationOf(frames);
    conversation.takeChanged();
    const { keys, running } = conversation;
    const [question] = messagesIn(conversation);
    reply.write("word");
    feed(conversation, frames.at(-1) as ServerFrame);
    expect([...conversation.takeChanged()]).toEqual([keys[1]]);
    expect(conversation.keys).toBe(keys);
    expect(conversation.running).toBe(running);
    expect(messagesIn(conversation)[0]).toBe(question);
  });

  test("goes on after a repeated word, and after a hole when it is told the text so far", () => {
    const frames: ServerFrame[] = [];
    const session = new FakeSession("s", { epoch, answer: () => undefined, liveDelayMs: undefined });
    session.join((frame) => frames.push(frame), ann, {});
    const reply = session.startAnswer(session.say("question"));
    for (const word of ["a ", "b ", "c "]) reply.write(word);
    const conversation = conversationOf(frames.flatMap((frame) => [frame, frame]));
    const text = (): string | undefined => conversation.message(conversation.keyOf(reply.id) ?? "")?.text;
    expect(text()).toBe("a b c ");
    reply.write("d ", { isLost: true });
    reply.write("e ");
    feed(conversation, frames.at(-1) as ServerFrame);
    expect(text()).toBe("a b c ");
    feed(conversation, reply.soFar);
    reply.write("f ");
    feed(conversation, frames.at(-1) as ServerFrame);
    expect(text()).toBe("a b c d e f ");
  });

  test("shows a thought beside its answer, also one that streamed as text, and the same one from a page", () => {
    const frames: ServerFrame[] = [];
    const session = new FakeSession("s", { epoch, answer: () => undefined, liveDelayMs: undefined });
    session.join((frame) => frames.push(frame), ann, {});
    const reply = session.startAnswer(session.say("question"));
    reply.think("h");
    reply.write("m");
    const conversation = conversationOf(frames);
    const shown = (of = conversation): Message | undefined => of.message(of.keyOf(reply.id) ?? "");
    expect(shown()).toMatchObject({ text: "m", reasoning: "h", state: "streaming" });
    reply.think("!", { takesText: true });
    feed(conversation, frames.at(-1) as ServerFrame);
    expect(shown()).toMatchObject({ text: "", reasoning: "hm!", state: "streaming" });
    const late = conversationOf([...frames.filter(isEvent), reply.soFar]);
    expect(shown(late)).toMatchObject({ text: "", reasoning: "hm!" });
    reply.write("42");
    reply.end();
    for (const frame of frames.slice(-2)) feed(conversation, frame);
    const reloaded = new Conversation();
    reloaded.addPage(session.messages, at(session.log.length));
    for (const of of [conversation, reloaded])
      expect(shown(of)).toMatchObject({ text: "42", reasoning: "hm!", state: "complete" });
  });

  test("counts a reaction of one's own at once, also one that is not stored yet, and lists it beside those of a page", () => {
    const conversation = new Conversation();
    conversation.setMe(ann);
    const others = Array.from({ length: 10 }, (_, n) => `user-${n}`);
    const question: PageMessage = {
      type: "message",
      id: "m",
      user: ann,
      sentAt: "2026-01-01T00:00:00.000Z",
      message: "hi",
      is_user: true,
      seq: 1,
      reactions: [{ emoji: "🎉", count: 5_000, users: others }],
    };
    conversation.addPage([question], at(9));
    const shown = () => conversation.message("m")?.reactions[0];
    const reaction = { type: "reaction", id: "r", messageId: "m", emoji: "🎉", on: true } as const;
    const entry = { id: "r", sessionId: "s", order: 1, frame: reaction, createdAt: "", wasSent: true };
    conversation.setIntents([{ entry, delivery: "sending", error: undefined, stored: undefined }]);
    expect([shown()?.count, shown()?.users.includes(ann.id)]).toEqual([5_001, true]);
    conversation.setIntents([]);
    expect([shown()?.count, shown()?.users.includes(ann.id)]).toEqual([5_000, false]);
    conversation.apply({ ...reaction, user: ann, sentAt: "" }, at(10));
    expect([shown()?.count, shown()?.users.includes(ann.id)]).toEqual([5_001, true]);
    conversation.apply({ ...reaction, user: ann, sentAt: "", on: false }, at(11));
    expect([shown()?.count, shown()?.users.includes(ann.id)]).toEqual([5_000, false]);
  });

  test("forgets everything before the session's deletion", () => {
    const conversation = seen((session) => {
      session.startAnswer(session.say("question")).write("half");
      session.append({ type: "session_deleted", id: "deletion", user: ann });
      session.say("after");
    });
    expect(messagesIn(conversation).map((message) => message?.text)).toEqual(["after", ""]);
  });
});
