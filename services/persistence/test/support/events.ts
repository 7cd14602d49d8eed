/** Builders of events, and arbitrary logs of a session. Ids begin with a scope, since a store knows each id once. */
import { aiUser, replyIdOf, type LogEvent, type LogEventOf, type User } from "@natter/protocol";
import * as fc from "fast-check";
import type { RecordedEvent } from "../../src/store/store.ts";

export const epoch = "1700000000000-0";
export const ann: User = { id: "ann", name: "Ann" };
export const bob: User = { id: "bob", name: "Bob" };

let scopes = 0;
/** An id that no other test uses; usable as a session id and in front of event ids. */
export function newScope(): string {
  scopes += 1;
  return `s${process.pid.toString(36)}${Date.now().toString(36)}${scopes}`;
}

export const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

/** `2026-01-01` and as many seconds: times only have to be told apart. */
const timeOf = (seconds: number): string => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();

/** The log of one session: each event gets the next seq. */
export class TestLog {
  readonly sessionId: string;
  readonly scope: string;
  readonly events: RecordedEvent[] = [];
  #seq: number;

  constructor(sessionId: string = newScope(), firstSeq = 1) {
    this.sessionId = sessionId;
    this.scope = newScope();
    this.#seq = firstSeq;
  }

  id(name: string): string {
    return `${this.scope}_${name}`;
  }

  add(event: LogEvent, of: string = epoch): RecordedEvent {
    const recorded = { sessionId: this.sessionId, position: { epoch: of, seq: this.#seq++ }, event };
    this.events.push(recorded);
    return recorded;
  }

  message(name: string, text: string = name, user: User = ann): RecordedEvent {
    return this.add({
      type: "message",
      ...this.#head(this.id(name), user),
      message: text,
      is_user: true,
    });
  }

  edit(target: string, text: string, options: { user?: User; reply?: boolean } = {}): RecordedEvent {
    const { user = ann, reply } = options;
    return this.add({
      type: "message_edited",
      ...this.#head(this.#next(), user),
      messageId: this.id(target),
      message: text,
      ...(reply === undefined ? {} : { reply }),
    });
  }

  deletion(target: string, user: User = ann): RecordedEvent {
    return this.add({
      type: "message_deleted",
      ...this.#head(this.#next(), user),
      messageId: this.id(target),
    });
  }

  reaction(target: string, emoji: string, options: { on?: boolean; user?: User } = {}): RecordedEvent {
    const { on = true, user = ann } = options;
    return this.add({
      type: "reaction",
      ...this.#head(this.#next(), user),
      messageId: this.id(target),
      emoji,
      on,
    });
  }

  target(
    type: "stop_requested" | "regenerate_requested" | "read_receipt",
    messageId: string,
    options: { name?: string; user?: User } = {},
  ): RecordedEvent {
    const { name, user = ann } = options;
    const id = name === undefined ? this.#next() : this.id(name);
    return this.add({ type, ...this.#head(id, user), messageId });
  }

  update(change: { title?: string; systemPrompt?: string; model?: string }, user: User = ann): RecordedEvent {
    return this.add({ type: "session_updated", ...this.#head(this.#next(), user), ...change });
  }

  sessionDeletion(user: User = ann): RecordedEvent {
    return this.add({ type: "session_deleted", ...this.#head(this.#next(), user) });
  }

  start(promptName: string, messageName: string, claim: { attempt: number; claim: string }): RecordedEvent {
    const answer = this.#answer(promptName, messageName);
    return this.add({ type: "ai_start", ...answer, ...claim, model: "m" });
  }

  complete(
    promptName: string,
    messageName: string,
    text = "answer",
    finishReason: LogEventOf<"ai_complete">["finishReason"] = "stop",
  ): RecordedEvent {
    return this.end(promptName, messageName, { message: text, finishReason });
  }

  end(
    promptName: string,
    messageName: string,
    said: Pick<LogEventOf<"ai_complete">, "message" | "finishReason" | "reasoning">,
  ): RecordedEvent {
    const answer = this.#answer(promptName, messageName);
    return this.add({
      type: "ai_complete",
      ...answer,
      attempt: 1,
      chunks: 1,
      ...said,
      model: "m",
    });
  }

  replyId(promptName: string, messageName: string): string {
    return replyIdOf(this.id(messageName), this.id(promptName));
  }

  #answer(promptName: string, messageName: string) {
    const [promptId, messageId] = [this.id(promptName), this.id(messageName)];
    return { ...this.#head(replyIdOf(messageId, promptId), aiUser), promptId, messageId };
  }

  #next(): string {
    return this.id(`e${this.#seq}`);
  }

  #head(id: string, user: User) {
    return { id, user, sentAt: timeOf(this.#seq) };
  }
}

const names = fc.constantFrom("m1", "m2", "m3");
const prompts = fc.constantFrom("m1", "m2", "p4", "p5");
const users = fc.constantFrom(ann, bob);
const texts = fc.constantFrom("안녕하세요 세계", "안녕 Hello", "세계 지도", "hello world", "프로세스");

/** What adds one event to a log. */
const additions: fc.Arbitrary<(log: TestLog) => unknown> = fc.oneof(
  fc.tuple(names, texts, users).map((of) => (log: TestLog) => log.message(...of)),
  fc.tuple(names, texts, users, fc.boolean()).map(
    ([name, text, user, reply]) =>
      (log: TestLog) =>
        log.edit(name, text, { user, reply }),
  ),
  fc.tuple(names, users).map((of) => (log: TestLog) => log.deletion(...of)),
  fc.tuple(names, prompts).map(
    ([name, prompt]) =>
      (log: TestLog) =>
        log.target("stop_requested", log.replyId(prompt, name)),
  ),
  names.map((name) => (log: TestLog) => log.target("stop_requested", log.id(name))),
  fc.tuple(names, users).map(
    ([name, user]) =>
      (log: TestLog) =>
        log.target("read_receipt", log.id(name), { user }),
  ),
  fc.tuple(fc.constantFrom("p4", "p5"), names).map(
    ([name, target]) =>
      (log: TestLog) =>
        log.target("regenerate_requested", log.id(target), { name }),
  ),
  fc.tuple(names, fc.constantFrom("👍", "$set", "a.b", "__proto__"), fc.boolean(), users).map(
    ([name, emoji, on, user]) =>
      (log: TestLog) =>
        log.reaction(name, emoji, { on, user }),
  ),
  fc.tuple(prompts, names, fc.integer({ min: 1, max: 3 }), fc.constantFrom("c1", "c2")).map(
    ([prompt, name, attempt, claim]) =>
      (log: TestLog) =>
        log.start(prompt, name, { attempt, claim }),
  ),
  fc.tuple(prompts, names, texts).map((of) => (log: TestLog) => log.complete(...of)),
  fc
    .tuple(fc.record({ title: fc.string(), model: fc.constantFrom("a", "b") }, { requiredKeys: [] }), users)
    .map((of) => (log: TestLog) => log.update(...of)),
);
const rareAdditions = users.map((user) => (log: TestLog) => log.sessionDeletion(user));

/** A session's log, and the batches in which its events reach the store: in any order, some more than once. */
export const recordings: fc.Arbitrary<{ log: TestLog; batches: RecordedEvent[][] }> = fc
  .array(fc.oneof({ arbitrary: additions, weight: 25 }, { arbitrary: rareAdditions, weight: 1 }), {
    minLength: 1,
    maxLength: 30,
  })
  .map((made) => {
    const log = new TestLog();
    for (const addition of made) addition(log);
    return log;
  })
  .chain((log) =>
    fc
      .record({
        again: fc.array(fc.constantFrom(...log.events), { maxLength: 8 }),
        cuts: fc.array(fc.nat({ max: 40 }), { maxLength: 5 }),
      })
      .chain(({ again, cuts }) => {
        const all = [...log.events, ...again];
        return fc
          .shuffledSubarray(all, { minLength: all.length })
          .map((events) => ({ log, batches: cutAt(events, cuts) }));
      }),
  );

function cutAt(events: readonly RecordedEvent[], cuts: readonly number[]): RecordedEvent[][] {
  const ends = [...new Set([...cuts.filter((cut) => cut < events.length), events.length])].sort(
    (left, right) => left - right,
  );
  return ends.map((end, index) => events.slice(ends[index - 1] ?? 0, end));
}
