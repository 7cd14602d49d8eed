import { Type, type Static, type TObject, type TProperties } from "typebox";
import { Attachment } from "./client-frames.ts";
import { protocolErrors, type ErrorCode } from "../errors.ts";
import { ClientId, EventId, MessageId, SessionId } from "./id-schemas.ts";

/** The user who caused an event. The model's user is `aiUser`. */
export const User = Type.Object({ id: Type.String(), name: Type.String() });
export type User = Static<typeof User>;

const count = Type.Integer({ minimum: 0 });
const attempt = Type.Integer({ minimum: 1 });

/**
 * The fields of every durable frame. The gateway splices in `seq` and `prev`, the `seq` of the session's event before this one.
 * In the log the broker's own numbers stand for them. Only frames of an earlier epoch have `epoch`.
 */
const durable = {
  id: MessageId,
  seq: Type.Optional(count),
  prev: Type.Optional(count),
  epoch: Type.Optional(Type.String()),
  user: User,
  sentAt: Type.String({ description: "ISO 8601, the clock of the gateway or worker" }),
  clientId: Type.Optional(ClientId),
};

const event = <T extends string, P extends TProperties>(
  type: T,
  own: P,
): TObject<{ type: ReturnType<typeof Type.Literal<T>> } & typeof durable & P> =>
  Type.Object({ type: Type.Literal(type), ...durable, ...own }) as never;

const Usage = Type.Object({
  promptTokens: count,
  completionTokens: count,
  /** The provider sent no counts, so the worker estimated them after the end. */
  estimated: Type.Optional(Type.Boolean()),
});

/** Why a reply ended. After a reason other than `stop` and `length` the answer is unfinished. */
export const finishReasons = ["stop", "length", "content_filter", "tool_calls", "stopped", "error"] as const;
export type FinishReason = (typeof finishReasons)[number];

/**
 * What went wrong with a reply: `ai_complete.error.code`, and the sentence in `ai_complete.error.message`, which tells a person
 * what to do. The worker logs the provider's own text.
 */
export const replyErrors = {
  provider: "The model's provider failed. Ask again in a moment.",
  refused:
    "The model's provider refuses requests of this server. Asking again does not help: whoever runs the server finds the reason in the worker's log.",
  rate_limited: "The model's provider has no capacity now. Wait a little, then ask again.",
  context_too_long: "The message is too long for this model. Shorten it, or choose another model.",
  cut: "The connection to the model broke before the answer was complete. Ask again.",
  stalled: "The model went silent. Ask again.",
  deadline: "The answer took too long and was ended. Ask again, or ask for less.",
  failed_too_often: "Several workers failed at this prompt. Ask again, in other words.",
  expired: "The question waited for too long and was dropped. Ask again.",
  not_found: "The message to answer does not exist or was deleted.",
  internal: "The worker made a mistake with this answer; its log says which. Ask again.",
} as const;
export type ReplyErrorCode = keyof typeof replyErrors;

const ReplyError = Type.Object({
  code: Type.Enum(Object.keys(replyErrors) as ReplyErrorCode[]),
  message: Type.String(),
});

/** No event of the log has it. A replay adds it to an event that was deleted later. */
const deletedAt = Type.Optional(Type.String());

/** The durable events: the log holds them, and sockets get them live. */
export const durableFrames = {
  message: event("message", {
    message: Type.String(),
    deletedAt,
    is_user: Type.Boolean(),
    attachments: Type.Optional(Type.Array(Attachment)),
    replyTo: Type.Optional(MessageId),
  }),
  message_edited: event("message_edited", {
    messageId: MessageId,
    message: Type.String(),
    deletedAt,
    reply: Type.Optional(Type.Boolean()),
  }),
  message_deleted: event("message_deleted", { messageId: MessageId }),
  reaction: event("reaction", { messageId: MessageId, emoji: Type.String(), on: Type.Boolean() }),
  read_receipt: event("read_receipt", { messageId: MessageId }),
  regenerate_requested: event("regenerate_requested", { messageId: MessageId }),
  stop_requested: event("stop_requested", { messageId: MessageId }),
  session_updated: event("session_updated", {
    title: Type.Optional(Type.String()),
    systemPrompt: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
  }),
  session_deleted: event("session_deleted", {}),
  ai_start: event("ai_start", {
    promptId: EventId,
    messageId: EventId,
    attempt,
    claim: Type.String(),
    model: Type.String(),
  }),
  ai_complete: event("ai_complete", {
    promptId: EventId,
    messageId: EventId,
    attempt: count,
    chunks: count,
    message: Type.String(),
    deletedAt,
    /** The reasoning of the model, at most `limits.replyReasoningBytes`. No search finds it, and no prompt context holds it. */
    reasoning: Type.Optional(Type.String()),
    finishReason: Type.Enum([...finishReasons]),
    error: Type.Optional(ReplyError),
    usage: Type.Optional(Usage),
    model: Type.String(),
    firstTokenMs: Type.Optional(count),
    /** The session was deleted before the reply ended: the event ends its prompt, has no text, and is no message. */
    discarded: Type.Optional(Type.Boolean()),
  }),
} as const;

const AiText = Type.Object({
  type: Type.Literal("ai_text"),
  id: MessageId,
  attempt,
  n: Type.Integer({ minimum: -1, description: "The last chunk contained, -1 for none" }),
  text: Type.String(),
  reasoning: Type.Optional(Type.String()),
});

/** Number of users who are here and not listed; missing: 0. */
const moreUsers = Type.Optional(count);

/** The frames that nobody stores. */
export const ephemeralFrames = {
  connection: Type.Object({
    type: Type.Literal("connection"),
    message: Type.String(),
    sessionId: SessionId,
    user: User,
    guestToken: Type.Optional(Type.String()),
    users: Type.Array(User),
    moreUsers,
    cursor: Type.String(),
    recovered: Type.Boolean(),
    replies: Type.Array(AiText),
    limits: Type.Object({ frameBytes: count, pendingFrames: count }),
    heartbeatMs: count,
  }),
  ack: Type.Object({
    type: Type.Literal("ack"),
    id: ClientId,
    messageId: Type.Optional(MessageId),
    seq: count,
    duplicate: Type.Optional(Type.Boolean()),
  }),
  ai_chunk: Type.Object({
    type: Type.Literal("ai_chunk"),
    id: MessageId,
    attempt,
    n: count,
    from: Type.Optional(count),
    part: Type.Optional(Type.String()),
    takesText: Type.Optional(
      Type.Boolean({
        description: "With part `reasoning`: all text of this attempt before this chunk was reasoning, too",
      }),
    ),
    chunk: Type.String(),
  }),
  ai_text: AiText,
  typing: Type.Object({ type: Type.Literal("typing"), user: User, isTyping: Type.Boolean() }),
  user_join: Type.Object({ type: Type.Literal("user_join"), user: User, moreUsers }),
  user_leave: Type.Object({ type: Type.Literal("user_leave"), user: User, moreUsers }),
  pong: Type.Object({ type: Type.Literal("pong") }),
  error: Type.Object({
    type: Type.Literal("error"),
    code: Type.Enum(Object.keys(protocolErrors) as ErrorCode[]),
    message: Type.String(),
    id: Type.Optional(ClientId),
    temporary: Type.Boolean(),
    retryAfterMs: Type.Optional(count),
  }),
  going_away: Type.Object({ type: Type.Literal("going_away"), afterMs: count }),
} as const;

export const serverFrames = { ...durableFrames, ...ephemeralFrames } as const;

export type ServerFrameType = keyof typeof serverFrames;
export type DurableType = keyof typeof durableFrames;
export type ServerFrameOf<T extends ServerFrameType> = Static<(typeof serverFrames)[T]>;
export type ServerFrame = { [T in ServerFrameType]: ServerFrameOf<T> }[ServerFrameType];
/** An event of the log, which is also the live frame. In the log it has no `seq`, `prev` and `epoch`. */
export type LogEvent = { [T in DurableType]: ServerFrameOf<T> }[DurableType];
export type LogEventOf<T extends DurableType> = ServerFrameOf<T>;

/** A user's message, or a reply that has ended. */
export type MessageEvent = LogEventOf<"message"> | LogEventOf<"ai_complete">;

/** A message of a history page: the event, with what later events did to it. */
export type PageMessage = MessageEvent & {
  editedAt?: string;
  deletedAt?: string;
  reactions?: Reaction[];
};
export interface Reaction {
  readonly emoji: string;
  /** Users who reacted. */
  readonly count: number;
  /** Ids of some of them, at most `limits.reactionUsers`; the reader's own is always among them. */
  readonly users: string[];
}
