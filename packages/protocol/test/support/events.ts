/** Builders of events, and arbitrary sessions made of them. */
import * as fc from "fast-check";
import {
  aiUser,
  replyIdOf,
  type LogEvent,
  type LogEventOf,
  type Position,
  type User,
} from "../../src/index.ts";

/** An event and its place in the log. */
export interface Placed {
  readonly event: LogEvent;
  readonly position: Position;
}

export const epoch = "1700000000000-0";
export const ann: User = { id: "ann", name: "Ann" };
export const bob: User = { id: "bob", name: "Bob" };

export const at = (seq: number, of: string = epoch): Position => ({ epoch: of, seq });

const head = (id: string, user: User) => ({ id, user, sentAt: `2026-01-01T00:00:00.${id}` });

export const message = (id: string, text = id, user = ann): LogEventOf<"message"> => ({
  type: "message",
  ...head(id, user),
  message: text,
  is_user: true,
});

export const edit = (
  id: string,
  to: { messageId: string; message: string; reply?: boolean },
  user = ann,
): LogEventOf<"message_edited"> => ({ type: "message_edited", ...head(id, user), ...to });

export const deletion = (id: string, messageId: string, user = ann): LogEventOf<"message_deleted"> => ({
  type: "message_deleted",
  ...head(id, user),
  messageId,
});

export const stop = (id: string, messageId: string): LogEventOf<"stop_requested"> => ({
  type: "stop_requested",
  ...head(id, ann),
  messageId,
});

export const regenerate = (id: string, messageId: string): LogEventOf<"regenerate_requested"> => ({
  type: "regenerate_requested",
  ...head(id, ann),
  messageId,
});

export const reaction = (
  id: string,
  to: { messageId: string; emoji: string; on: boolean },
  user = ann,
): LogEventOf<"reaction"> => ({ type: "reaction", ...head(id, user), ...to });

export const sessionDeleted = (id: string): LogEventOf<"session_deleted"> => ({
  type: "session_deleted",
  ...head(id, ann),
});

export const sessionUpdated = (
  id: string,
  change: { title?: string; systemPrompt?: string; model?: string },
  user = ann,
): LogEventOf<"session_updated"> => ({ type: "session_updated", ...head(id, user), ...change });

interface Answer {
  readonly promptId: string;
  readonly messageId: string;
  readonly attempt: number;
}

export const start = (answer: Answer, claim: string): LogEventOf<"ai_start"> => ({
  type: "ai_start",
  ...head(replyIdOf(answer.messageId, answer.promptId), aiUser),
  ...answer,
  claim,
  model: "m",
});

export const complete = (answer: Answer, text = "answer"): LogEventOf<"ai_complete"> => ({
  type: "ai_complete",
  ...head(replyIdOf(answer.messageId, answer.promptId), aiUser),
  ...answer,
  chunks: 1,
  message: text,
  finishReason: "stop",
  model: "m",
});

const messageIds = fc.constantFrom("m1", "m2", "m3");
const promptIds = fc.constantFrom("m1", "m2", "p4", "p5");
const users = fc.constantFrom(ann, bob);
/** Replies, too, can be stopped and reacted to. */
const targets = fc.oneof(
  messageIds,
  fc.tuple(messageIds, promptIds).map(([m, p]) => replyIdOf(m, p)),
);
const answers = fc.record({
  promptId: promptIds,
  messageId: messageIds,
  attempt: fc.integer({ min: 1, max: 3 }),
});

/** An id of its own for each event but for those whose id says what they are about. */
const makers: fc.Arbitrary<(id: string) => LogEvent> = fc.oneof(
  fc.tuple(messageIds, users).map(
    ([own, user]) =>
      () =>
        message(own, `text of ${user.id}`, user),
  ),
  fc.tuple(messageIds, fc.option(fc.boolean(), { nil: undefined }), users).map(
    ([messageId, reply, user]) =>
      (id: string) =>
        edit(id, { messageId, message: `edited by ${id}`, ...(reply === undefined ? {} : { reply }) }, user),
  ),
  fc.tuple(messageIds, users).map(
    ([messageId, user]) =>
      (id: string) =>
        deletion(id, messageId, user),
  ),
  targets.map((target) => (id: string) => stop(id, target)),
  fc.tuple(fc.constantFrom("p4", "p5"), targets).map(
    ([own, target]) =>
      () =>
        regenerate(own, target),
  ),
  fc.tuple(targets, fc.constantFrom("+1", "🎉"), fc.boolean(), users).map(
    ([messageId, emoji, on, user]) =>
      (id: string) =>
        reaction(id, { messageId, emoji, on }, user),
  ),
  fc.tuple(answers, fc.constantFrom("claim1", "claim2")).map(
    ([answer, claim]) =>
      () =>
        start(answer, claim),
  ),
  answers.map((answer) => (id: string) => complete(answer, `answer ${id}`)),
);

const deletions: fc.Arbitrary<(id: string) => LogEvent> = fc.constant((id) => sessionDeleted(id));

/**
 * A session's log: each event at its own seq. The same message, regenerate or answer may be in it twice, as
 * after a dedupe window that was too short.
 */
export const logs: fc.Arbitrary<Placed[]> = fc
  .array(fc.oneof({ arbitrary: makers, weight: 20 }, { arbitrary: deletions, weight: 1 }), { maxLength: 40 })
  .map((made) => made.map((make, index) => ({ event: make(`e${index}`), position: at(index + 1) })));

/** The same events in any order, each at least once. */
export function shuffled(log: readonly Placed[]): fc.Arbitrary<Placed[]> {
  if (log.length === 0) return fc.constant([]);
  return fc
    .array(fc.constantFrom(...log), { maxLength: 10 })
    .chain((again) => fc.shuffledSubarray([...log, ...again], { minLength: log.length + again.length }));
}
