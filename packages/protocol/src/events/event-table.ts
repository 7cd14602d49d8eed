/**
 * What each event type means to gateway, worker and persistence, one row for each. What it does to the messages and the
 * session that people see is the row in event-places.ts, which pages load, too. A new event type is a schema in
 * server-frames.ts and these two rows.
 */
import { messageOf, promptOf } from "../frames/identifiers.ts";
import type { DurableType } from "../frames/server-frames.ts";
import type { EventTraits } from "./event-traits.ts";

const none = undefined;
const messageIdOf = ({ messageId }: { readonly messageId: string }): string => messageId;

export const eventTable: { readonly [T in DurableType]: EventTraits<T> } = {
  message: {
    body: ({ type, message, attachments = [], replyTo = null }) => [
      type,
      message,
      attachments.map(({ id }) => id),
      replyTo,
    ],
    target: none,
    asks: ({ id, is_user }) => (is_user ? id : undefined),
    withdraws: none,
    answers: none,
    isActivity: true,
    contentOf: ({ id }) => id,
  },
  message_edited: {
    body: ({ type, messageId, message, reply = false }) => [type, messageId, message, reply],
    target: ({ messageId }) => ({ id: messageId, needsText: true }),
    asks: ({ messageId, reply }) => (reply ? messageId : undefined),
    withdraws: ({ messageId, reply }) => (reply ? { messageId } : undefined),
    answers: none,
    isActivity: false,
    contentOf: messageIdOf,
  },
  message_deleted: {
    body: ({ type, messageId }) => [type, messageId],
    target: ({ messageId }) => ({ id: messageId, needsText: false }),
    asks: none,
    withdraws: ({ messageId }) => ({ messageId }),
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  reaction: {
    body: ({ type, messageId, emoji, on }) => [type, messageId, emoji, on],
    // A reply stays when the message that it answers is deleted, so people may go on reacting to it.
    target: ({ messageId }) => ({ id: messageId, needsText: messageId === messageOf(messageId) }),
    asks: none,
    withdraws: none,
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  read_receipt: {
    body: ({ type, messageId }) => [type, messageId],
    // A read mark changes nothing but itself, so it may name a message that does not exist.
    target: none,
    asks: none,
    withdraws: none,
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  regenerate_requested: {
    body: ({ type, messageId }) => [type, messageId],
    target: ({ messageId }) => ({ id: messageId, needsText: true }),
    asks: ({ messageId }) => messageOf(messageId),
    withdraws: ({ messageId }) => ({ messageId: messageOf(messageId) }),
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  stop_requested: {
    body: ({ type, messageId }) => [type, messageId],
    target: ({ messageId }) => ({ id: messageId, needsText: false }),
    asks: none,
    withdraws({ messageId }) {
      const promptId = promptOf(messageId);
      return promptId === undefined ? { messageId } : { promptId };
    },
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  session_updated: {
    body: ({ type, title = null, systemPrompt = null, model = null }) => [type, title, systemPrompt, model],
    target: none,
    asks: none,
    withdraws: none,
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  session_deleted: {
    body: ({ type }) => [type],
    target: none,
    asks: none,
    withdraws: () => ({}),
    answers: none,
    isActivity: false,
    contentOf: none,
  },
  ai_start: {
    body: ({ type, promptId, attempt }) => [type, promptId, attempt],
    target: none,
    asks: none,
    withdraws: none,
    answers: ({ promptId, attempt, claim }) => ({ kind: "start", promptId, attempt, claim }),
    isActivity: false,
    contentOf: none,
  },
  ai_complete: {
    body: ({ type, promptId, attempt }) => [type, promptId, attempt],
    target: none,
    asks: none,
    withdraws: none,
    answers: ({ promptId, attempt }) => ({ kind: "end", promptId, attempt }),
    isActivity: true,
    // No user is the author of a reply: it goes with its session only.
    contentOf: none,
  },
};
