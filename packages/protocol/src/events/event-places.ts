/** What folds and stores do with each event type, one row for each. A page loads this table, so it holds nothing else. */
import { defined } from "../defined.ts";
import type { DurableType, User } from "../frames/server-frames.ts";
import type { Place } from "./event-traits.ts";

const messageIdOf = ({ messageId }: { readonly messageId: string }): string => messageId;
const byUser = ({ user }: { readonly user: User }): [string] => [user.id];
const nowhere = { kind: "nowhere", content: [] } as const;
const register = { kind: "register", target: messageIdOf, slot: byUser, changesText: true } as const;

export const eventPlaces: { readonly [T in DurableType]: Place<T> } = {
  message: {
    kind: "message",
    content: ["message", "attachments", "editedAt"],
    isShown: () => true,
    beginsSession: true,
  },
  message_edited: {
    ...register,
    content: ["message"],
    deletesTarget: false,
    change(message, edit) {
      // Nobody edits a reply: no user is its author.
      if (message.type !== "message" || message.user.id !== edit.user.id) return;
      message.message = edit.message;
      message.editedAt = edit.sentAt;
    },
  },
  message_deleted: {
    ...register,
    content: [],
    deletesTarget: true,
    change(message, deletion) {
      if (message.user.id === deletion.user.id) message.deletedAt = deletion.sentAt;
    },
  },
  reaction: {
    kind: "reaction",
    content: [],
    target: messageIdOf,
    slot: ({ user, emoji }) => [user.id, emoji],
    change: ({ user, emoji, on }) => ({ emoji, user: user.id, on }),
  },
  read_receipt: { kind: "read_mark", content: [], messageId: messageIdOf },
  regenerate_requested: nowhere,
  stop_requested: nowhere,
  session_updated: {
    kind: "details",
    content: ["title", "systemPrompt", "model"],
    change: ({ title, systemPrompt, model }) => defined({ title, systemPrompt, model }),
  },
  session_deleted: { kind: "session_end", content: [], target: () => "", slot: byUser },
  ai_start: nowhere,
  ai_complete: {
    kind: "message",
    content: ["message", "reasoning", "error", "editedAt"],
    isShown: ({ discarded }) => discarded !== true,
    beginsSession: false,
  },
};
