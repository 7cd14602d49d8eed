/** From what a client asks to the event that the log will hold. Pure. */
import { messageOf, type DurableType, type IntentFrame, type LogEvent, type User } from "@natter/protocol";
import { isAuthor } from "@natter/session-log";
import { Failure } from "../failure.ts";

/** What can only be asked over HTTP. */
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

/** @throws Failure `forbidden` for an edit or a deletion of what is not the user's own */
export function toEvent(intent: Intent, head: EventHead): LogEvent {
  switch (intent.type) {
    case "message":
      return {
        ...opening("message", head),
        message: intent.message,
        is_user: true,
        ...(intent.attachments ? { attachments: intent.attachments } : {}),
        ...(intent.replyTo === undefined ? {} : { replyTo: intent.replyTo }),
      };
    case "edit":
      refuseOthers(head.user, intent.messageId);
      return {
        ...opening("message_edited", head),
        messageId: intent.messageId,
        message: intent.message,
        ...(intent.reply === undefined ? {} : { reply: intent.reply }),
      };
    case "delete":
      refuseOthers(head.user, intent.messageId);
      return { ...opening("message_deleted", head), messageId: intent.messageId };
    case "regenerate":
      return { ...opening("regenerate_requested", head), messageId: intent.messageId };
    case "stop":
      return { ...opening("stop_requested", head), messageId: intent.messageId };
    case "reaction":
      return {
        ...opening("reaction", head),
        messageId: intent.messageId,
        emoji: intent.emoji,
        on: intent.on,
      };
    case "read_receipt":
      return { ...opening("read_receipt", head), messageId: intent.messageId };
    case "session_update":
      return { ...opening("session_updated", head), ...detailsOf(intent) };
    case "session_delete":
      return opening("session_deleted", head);
  }
}

/** The message or reply that has to exist for the event to mean something. A mark of what was read changes nothing else. */
export function targetOf(event: LogEvent): string | undefined {
  switch (event.type) {
    case "message_edited":
    case "message_deleted":
    case "regenerate_requested":
    case "stop_requested":
    case "reaction":
      return event.messageId;
    default:
      return undefined;
  }
}

/** Whether the owner of a running reply has to look at the log at once. */
export function withdrawsPrompts(event: LogEvent): boolean {
  switch (event.type) {
    case "stop_requested":
    case "message_deleted":
    case "regenerate_requested":
    case "session_deleted":
      return true;
    case "message_edited":
      return event.reply === true;
    default:
      return false;
  }
}

/** `type` comes first: readers of the bytes rely on it. */
function opening<T extends DurableType>(type: T, head: EventHead): { type: T } & EventHead {
  return { type, ...head };
}

function detailsOf(intent: { title?: string; systemPrompt?: string; model?: string }): {
  title?: string;
  systemPrompt?: string;
  model?: string;
} {
  const { title, systemPrompt, model } = intent;
  return {
    ...(title === undefined ? {} : { title }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(model === undefined ? {} : { model }),
  };
}

/** An id says whose message it is, so nobody has to be asked and it can be refused with the store away. */
function refuseOthers(user: User, messageId: string): void {
  if (messageId !== messageOf(messageId) || !isAuthor(user.id, messageId)) {
    throw new Failure("forbidden", "Only the author may edit or delete a message");
  }
}
