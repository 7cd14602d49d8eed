/** Builders of events, as the log holds them. */
import { randomUUID } from "node:crypto";
import { aiUser, replyIdOf, type DurableType, type LogEventOf, type User } from "@natter/protocol";

export const ann: User = { id: "ann", name: "Ann" };
export const bob: User = { id: "bob", name: "Bob" };

type Head = "id" | "user" | "sentAt";

/** An event. `buildEvent` completes its head: `id`, `user` and `sentAt` may be left out. */
export type EventDraft<T extends DurableType = DurableType> = T extends DurableType
  ? Omit<LogEventOf<T>, Head> & Partial<Pick<LogEventOf<T>, Head>>
  : never;

let built = 0;

/** Without a head the event is by Ann, its id is random, and its time is one second after that of the event built before. */
export function buildEvent<T extends DurableType>(
  draft: EventDraft<T> & { readonly type: T },
): LogEventOf<T> {
  const { type, ...rest } = draft;
  built++;
  const sentAt = new Date(Date.UTC(2026, 0, 1) + built * 1_000).toISOString();
  // The type comes first: services look at the first bytes of an event before they parse it.
  return { type, id: randomUUID(), user: ann, sentAt, ...rest } as unknown as LogEventOf<T>;
}

/** A message of a person. */
export function messageEvent(
  message: string,
  head: Partial<Pick<LogEventOf<"message">, Head>> = {},
): LogEventOf<"message"> {
  return buildEvent<"message">({ type: "message", message, is_user: true, ...head });
}

/** The start and the end of the first reply to a message. The end has the text of `chunks`. */
export function replyEvents(
  messageId: string,
  { promptId = messageId, attempt = 1, chunks = ["an ", "answer"] } = {},
): { start: LogEventOf<"ai_start">; complete: LogEventOf<"ai_complete"> } {
  const head = {
    id: replyIdOf(messageId, promptId),
    user: aiUser,
    promptId,
    messageId,
    attempt,
    model: "demo",
  };
  return {
    start: buildEvent<"ai_start">({ type: "ai_start", ...head, claim: "worker.0" }),
    complete: buildEvent<"ai_complete">({
      type: "ai_complete",
      ...head,
      chunks: chunks.length,
      message: chunks.join(""),
      finishReason: "stop",
    }),
  };
}
