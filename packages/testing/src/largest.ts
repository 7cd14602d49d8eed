/** What natter says at its largest: each bound is filled, with what takes the most room in JSON. */
import {
  finishReasons,
  jsonBytes,
  limits,
  replyErrors,
  replyIdOf,
  type Attachment,
  type DurableType,
  type LogEventOf,
  type PageMessage,
  type Reaction,
  type ReplyErrorCode,
  type User,
} from "@natter/protocol";

/** Six bytes in JSON. Of what a person may send nothing takes more for a character of Unicode. */
const widest = "\u0001";
/** Names have no controls. Of what is left nothing takes more for a UTF-16 unit than these three bytes. */
const widestInName = "가";
const longestId = "i".repeat(64);
const uuid = "0190b6d4-7b1a-7c3e-8f00-0123456789ab";
const longestTime = "2026-01-01T00:00:00.000Z";
const largestCount = Number.MAX_SAFE_INTEGER;

const text = (length: number): string => widest.repeat(length);

/** A text that has exactly so many bytes in JSON, without its quotes. */
export function textOfBytes(bytes: number): string {
  return text(Math.floor(bytes / 6)) + "a".repeat(bytes % 6);
}

/** @param n tells users apart */
export function largestUser(n = 0): User {
  return {
    id: String(n).padStart(limits.userIdLength, "u"),
    name: widestInName.repeat(limits.userNameLength),
  };
}

const largestAttachment: Attachment = {
  id: longestId,
  name: "😀".repeat(limits.attachmentNameLength),
  mimeType: `application/${"x".repeat(100)}`,
  sizeBytes: largestCount,
};

/** `frame` with a text in `message` that makes it as large as a client may send. */
function filledFrame<F extends { readonly message: string }>(frame: F): F {
  return { ...frame, message: textOfBytes(limits.clientFrameBytes - jsonBytes({ ...frame, message: "" })) };
}

/** The largest frame of a client that becomes a message. */
export function largestMessageFrame(id: string = uuid) {
  return filledFrame({
    type: "message" as const,
    id,
    message: "",
    attachments: Array.from({ length: limits.attachments }, () => largestAttachment),
    replyTo: replyIdOf(longestId, longestId),
    retry: false,
  });
}

const head = { id: longestId, user: largestUser(), sentAt: longestTime, clientId: uuid };
const target = { ...head, messageId: replyIdOf(longestId, longestId) };
const reply = {
  ...head,
  id: replyIdOf(longestId, longestId),
  promptId: longestId,
  messageId: longestId,
  attempt: largestCount,
  model: text(limits.modelLength),
};

const { message, attachments, replyTo } = largestMessageFrame();
const edit = { type: "edit", id: uuid, messageId: longestId, message: "", reply: false };
const { message: editedText } = filledFrame(edit);
const errorCode = longest(Object.keys(replyErrors) as ReplyErrorCode[], (code) => code + replyErrors[code]);

/** The largest event of each type, as the log holds it. */
export const largestEvents: { readonly [T in DurableType]: LogEventOf<T> } = {
  message: { type: "message", ...head, message, is_user: true, attachments, replyTo },
  message_edited: { type: "message_edited", ...target, message: editedText, reply: false },
  message_deleted: { type: "message_deleted", ...target },
  reaction: { type: "reaction", ...target, emoji: "🏴".repeat(limits.emojiLength), on: false },
  read_receipt: { type: "read_receipt", ...target },
  regenerate_requested: { type: "regenerate_requested", ...target },
  stop_requested: { type: "stop_requested", ...target },
  session_updated: {
    type: "session_updated",
    ...head,
    title: text(limits.titleLength),
    systemPrompt: text(limits.systemPromptLength),
    model: text(limits.modelLength),
  },
  session_deleted: { type: "session_deleted", ...head },
  ai_start: { type: "ai_start", ...reply, claim: longestId },
  ai_complete: {
    type: "ai_complete",
    ...reply,
    chunks: largestCount,
    message: textOfBytes(limits.replyTextBytes),
    reasoning: textOfBytes(limits.replyReasoningBytes),
    finishReason: longest([...finishReasons], (reason) => reason),
    error: { code: errorCode, message: replyErrors[errorCode] },
    usage: { promptTokens: largestCount, completionTokens: largestCount, estimated: false },
    firstTokenMs: largestCount,
  },
};

/** As many as a page says of one message. */
export const largestReactions: Reaction[] = Array.from({ length: limits.messageEmoji }, (_, n) => ({
  emoji: text(limits.emojiLength - 2) + String(n).padStart(2, "0"),
  count: largestCount,
  users: Array.from({ length: limits.reactionUsers }, (_each, user) => largestUser(user).id),
}));

/** The largest message of a page. */
export const largestPageMessage: PageMessage = {
  ...largestEvents.ai_complete,
  seq: largestCount,
  epoch: `${"9".repeat(15)}-${"9".repeat(12)}`,
  editedAt: longestTime,
  deletedAt: longestTime,
  reactions: largestReactions,
};

function longest<T>(values: readonly T[], textOf: (value: T) => string): T {
  return values.reduce((best, value) => (textOf(value).length > textOf(best).length ? value : best));
}
