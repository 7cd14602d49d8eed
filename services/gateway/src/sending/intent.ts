/** Makes an event from an intent. Pure. */
import {
  defined,
  messageOf,
  type DurableType,
  type IntentFrame,
  type LogEvent,
  type User,
} from "@natter/protocol";
import { isAuthor } from "@natter/session-log";
import { Failure } from "../failure.ts";

/** The intents that only HTTP accepts. */
export type SessionChange =
  | {
      readonly type: "session_update";
      readonly id?: string;
      readonly retry?: boolean;
      readonly title?: string;
      readonly systemPrompt?: string;
      readonly model?: string;
    }
  | { readonly type: "session_delete"; readonly id?: string; readonly retry?: boolean };

export type Intent = IntentFrame | SessionChange;

export interface EventHead {
  readonly id: string;
  readonly user: User;
  readonly sentAt: string;
  readonly clientId?: string;
}

type IntentOf<T extends Intent["type"]> = Extract<Intent, { readonly type: T }>;

/** The event of each intent: a row for each, so that an intent without an event does not compile. */
const toEventOf: {
  readonly [T in Intent["type"]]: (intent: IntentOf<T>, head: EventHead) => LogEvent;
} = {
  message: ({ message, attachments, replyTo }, head) => ({
    ...opening("message", head),
    message,
    is_user: true,
    ...defined({ attachments, replyTo }),
  }),
  edit({ messageId, message, reply }, head) {
    refuseOthers(head.user, messageId);
    return { ...opening("message_edited", head), messageId, message, ...defined({ reply }) };
  },
  delete({ messageId }, head) {
    refuseOthers(head.user, messageId);
    return { ...opening("message_deleted", head), messageId };
  },
  regenerate: ({ messageId }, head) => ({ ...opening("regenerate_requested", head), messageId }),
  stop: ({ messageId }, head) => ({ ...opening("stop_requested", head), messageId }),
  reaction: ({ messageId, emoji, on }, head) => ({ ...opening("reaction", head), messageId, emoji, on }),
  read_receipt: ({ messageId }, head) => ({ ...opening("read_receipt", head), messageId }),
  session_update: ({ title, systemPrompt, model }, head) => ({
    ...opening("session_updated", head),
    ...defined({ title, systemPrompt, model }),
  }),
  session_delete: (_intent, head) => opening("session_deleted", head),
};

/** @throws Failure `forbidden` for an edit or a deletion of a message that another user wrote */
export function toEvent(intent: Intent, head: EventHead): LogEvent {
  // Each row gets only intents of its own type. The compiler cannot see this.
  return (toEventOf[intent.type] as (intent: Intent, head: EventHead) => LogEvent)(intent, head);
}

/** `type` comes first: the relay and the workers read it from the first bytes. */
function opening<T extends DurableType>(type: T, head: EventHead): { type: T } & EventHead {
  return { type, ...head };
}

/** An id begins with a tag of its author, so this check needs no read. */
function refuseOthers(user: User, messageId: string): void {
  if (messageId !== messageOf(messageId) || !isAuthor(user.id, messageId)) {
    throw new Failure("forbidden", "Only the author may edit or delete a message");
  }
}
