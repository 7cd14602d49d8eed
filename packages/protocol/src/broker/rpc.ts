/**
 * The requests of gateways and workers to the persistence service, over NATS request/reply on `natter.rpc.<verb>`. Each verb has one row
 * with the schemas of its question and its answer.
 */
import { Type, type Static, type TSchema } from "typebox";
import type { Prompt } from "../folds/prompts.ts";
import { EventId, MessageId, SessionId } from "../frames/id-schemas.ts";
import type { PageMessage, Reaction } from "../frames/server-frames.ts";
import type { ReadMark } from "../folds/read-marks.ts";
import type { SessionDetails } from "../folds/session-details.ts";
import { limits } from "../limits.ts";
import {
  PageMessageSchema,
  ReactionSchema,
  ReadMarkSchema,
  SearchHitSchema,
  SessionEntrySchema,
} from "./answer-schemas.ts";
import { SessionPlace } from "./session-place.ts";
import type { Receipt, SearchHit, SessionEntry } from "./store-answers.ts";

/** Every answer names the event of the log up to which it is complete: the recorder's ack floor, read before the query. */
export const Applied = Type.Object({ epoch: Type.String(), appliedSeq: Type.Integer({ minimum: 0 }) });
export type Applied = Static<typeof Applied>;

const UserId = Type.String({ minLength: 1, maxLength: 256 });
/** A larger value is clamped and not refused, because the asker may have a larger limit. */
const Limit = Type.Integer({ minimum: 1 });
const Place = Type.Object({ epoch: Type.String({ maxLength: 32 }), seq: Type.Integer({ minimum: 0 }) });
const contextBytes = 16 * 1_048_576;

const StoredMessage = Type.Unsafe<PageMessage>(PageMessageSchema);
const StoredReaction = Type.Unsafe<Reaction>(ReactionSchema);
const StoredReadMark = Type.Unsafe<ReadMark>(ReadMarkSchema);
const Details = Type.Unsafe<SessionDetails>(
  Type.Object({
    title: Type.Optional(Type.String()),
    systemPrompt: Type.Optional(Type.String()),
    model: Type.Optional(Type.String()),
    firstAuthor: Type.Optional(Type.String()),
    deleted: Type.Optional(Type.Boolean()),
  }),
);
const OpenPrompt = Type.Unsafe<Prompt>(
  Type.Object({
    promptId: EventId,
    messageId: MessageId,
    position: Place,
    attempt: Type.Integer({ minimum: 0 }),
    claim: Type.Optional(Type.String()),
    closed: Type.Boolean(),
    deleted: Type.Optional(Type.Literal(true)),
  }),
);
const Entry = Type.Unsafe<SessionEntry>(SessionEntrySchema);
const Hit = Type.Unsafe<SearchHit>(SearchHitSchema);
const FirstReceipt = Type.Unsafe<Receipt>(Type.Object({ position: Place, bodyHash: Type.String() }));

interface Verb {
  readonly title: string;
  readonly question: TSchema;
  /** The answer without `Applied`, which every answer has. */
  readonly answer: TSchema;
}

export const storeRpc = {
  /**
   * A page of at most `limit` messages before the message `before`, or before the place `end`, or the last ones.
   * With `from`, the first ones that are not before that place. Ascending. `hasMore`: there are more of them, in the
   * direction of the question. `end` of the answer is the place of `before`. `known` is false if `before` is no message of
   * the store. The reactions of `reader` are listed in any case.
   */
  history: {
    title: "A page of messages before a message, or the last ones, ascending",
    question: Type.Object({
      sessionId: SessionId,
      before: Type.Optional(MessageId),
      end: Type.Optional(Place),
      from: Type.Optional(Place),
      limit: Limit,
      reader: Type.Optional(UserId),
    }),
    answer: Type.Object({
      messages: Type.Array(StoredMessage),
      hasMore: Type.Boolean(),
      known: Type.Boolean(),
      end: Type.Optional(Place),
    }),
  },
  /**
   * The sessions in which the user did something, the pinned ones first, then latest first: those after the place
   * `after`. With `next`, the place of the last one here, there are more.
   */
  sessions: {
    title: "The sessions in which the user did something, latest first",
    question: Type.Object({
      userId: UserId,
      limit: Limit,
      archived: Type.Boolean(),
      after: Type.Optional(SessionPlace),
    }),
    answer: Type.Object({ sessions: Type.Array(Entry), next: Type.Optional(SessionPlace) }),
  },
  /**
   * Messages of the user's sessions that contain every word of `query`, latest first. `truncated`: the search ended before
   * it had compared every message.
   */
  search: {
    title:
      "Messages of the user's sessions that contain every word, latest first, and whether the search ended early",
    question: Type.Object({
      userId: UserId,
      query: Type.String({ maxLength: limits.searchQueryLength }),
      limit: Limit,
    }),
    answer: Type.Object({ hits: Type.Array(Hit), truncated: Type.Boolean() }),
  },
  /** Those of `reader` are listed in any case. */
  reactions: {
    title: "Who reacted to a message, counted and cut",
    question: Type.Object({ sessionId: SessionId, messageId: MessageId, reader: UserId }),
    answer: Type.Object({ reactions: Type.Array(StoredReaction) }),
  },
  receipt: {
    title: "The first event with a client's id",
    question: Type.Object({ eventId: EventId }),
    answer: Type.Object({ receipt: Type.Union([FirstReceipt, Type.Null()]) }),
  },
  /**
   * `prompt` is true if the question names none. `deleted`: its author has deleted the message, and it is there without
   * its words.
   */
  target: {
    title: "Whether a session has a message, and a prompt",
    question: Type.Object({
      sessionId: SessionId,
      messageId: MessageId,
      promptId: Type.Optional(EventId),
    }),
    answer: Type.Object({
      message: Type.Boolean(),
      prompt: Type.Boolean(),
      deleted: Type.Optional(Type.Literal(true)),
    }),
  },
  prompts: {
    title: "The open prompts of a session, earliest first",
    question: Type.Object({ sessionId: SessionId }),
    answer: Type.Object({ prompts: Type.Array(OpenPrompt) }),
  },
  /** Of all sessions. */
  earliest_prompt: {
    title: "Where a new consumer of the workers has to start",
    question: Type.Object({}),
    answer: Type.Object({ position: Type.Union([Place, Type.Null()]) }),
  },
  /** The earlier messages end where their text reaches `textBytes`. */
  context: {
    title: "The message to answer, and what was said before it, newest first",
    question: Type.Object({
      sessionId: SessionId,
      messageId: MessageId,
      textBytes: Type.Integer({ minimum: 0, maximum: contextBytes }),
    }),
    answer: Type.Object({ messages: Type.Array(StoredMessage), details: Details }),
  },
  /** What the session is, and how far it was read: at most `limits.readMarks` marks, the latest first. */
  details: {
    title: "Title, system prompt, model and first author of a session, and its read marks",
    question: Type.Object({ sessionId: SessionId }),
    answer: Type.Object({ details: Details, readMarks: Type.Array(StoredReadMark) }),
  },
  mark: {
    title: "Sets the caller's own pinned and archived",
    question: Type.Object({
      userId: UserId,
      sessionId: SessionId,
      pinned: Type.Optional(Type.Boolean()),
      archived: Type.Optional(Type.Boolean()),
    }),
    answer: Type.Object({}),
  },
} as const satisfies Record<string, Verb>;

export type RpcVerb = keyof typeof storeRpc;
export type RpcQuestion<V extends RpcVerb> = Static<(typeof storeRpc)[V]["question"]>;
/** An answer before `Applied` is added to it. */
export type RpcResult<V extends RpcVerb> = Static<(typeof storeRpc)[V]["answer"]>;
export type RpcAnswer<V extends RpcVerb> = RpcResult<V> & Applied;
export type RpcReply<V extends RpcVerb> =
  | ({ readonly ok: true } & RpcAnswer<V>)
  | { readonly ok: false; readonly error: "unavailable" | "malformed" | "internal" | "too_large" };

export const rpcVerbs = Object.keys(storeRpc) as RpcVerb[];
