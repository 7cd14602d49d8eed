/** What gateway and worker ask the persistence service, over NATS request/reply on `natter.rpc.<verb>`. */
import type { Prompt } from "../events/prompts.ts";
import type { Position } from "../position.ts";
import type { PageMessage, Reaction, User } from "../frames/server-frames.ts";
import type { ReadMark, SessionDetails } from "../folds/session-details.ts";
import type { SessionPlace } from "./session-place.ts";

/** Every answer says up to which event of the log it is complete: the recorder's ack floor, read before the query. */
export interface Applied {
  readonly epoch: string;
  readonly appliedSeq: number;
}

export interface SessionEntry {
  readonly sessionId: string;
  readonly title?: string;
  /** ISO 8601 */
  readonly lastActivity: string;
  readonly lastMessage?: {
    readonly id: string;
    readonly message: string;
    readonly is_user: boolean;
    readonly user: User;
  };
  readonly pinned: boolean;
  readonly archived: boolean;
  /** Whether the asker may delete it; not there while that is not known. */
  readonly canDelete?: boolean;
}

export interface SearchHit {
  readonly sessionId: string;
  readonly title?: string;
  readonly message: PageMessage;
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** The search ended before it had looked at every message: earlier ones may contain the words, too. */
  readonly truncated: boolean;
}

/** The first event that carried a client's id. */
export interface Receipt {
  readonly position: Position;
  readonly bodyHash: string;
}

/** A verb, its question and its answer. */
export interface Rpc {
  /**
   * A page of at most `limit` messages before the message `before`, or before the place `end`, or the last ones.
   * With `from`, the first ones that are not before that place. Ascending. `hasMore`: there are more of them, in the
   * direction of the question. `end` of the answer is the place of `before`. The reactions of `reader` are listed in any case.
   */
  history: {
    question: {
      sessionId: string;
      before?: string;
      end?: Position;
      from?: Position;
      limit: number;
      reader?: string;
    };
    answer: { messages: PageMessage[]; hasMore: boolean; known: boolean; end?: Position };
  };
  /**
   * The sessions in which the user did something, the pinned ones first, then latest first: those after the place
   * `after`. With `next`, the place of the last one here, there are more.
   */
  sessions: {
    question: { userId: string; limit: number; archived: boolean; after?: SessionPlace };
    answer: { sessions: SessionEntry[]; next?: SessionPlace };
  };
  /** Messages of the user's sessions that contain every word of `query`, latest first. */
  search: {
    question: { userId: string; query: string; limit: number };
    answer: SearchAnswer;
  };
  /** Who reacted to a message. Those of `reader` are listed in any case. */
  reactions: {
    question: { sessionId: string; messageId: string; reader: string };
    answer: { reactions: Reaction[] };
  };
  receipt: { question: { eventId: string }; answer: { receipt: Receipt | null } };
  /**
   * Whether the session has the message, and the prompt; `prompt` is true if none is asked for. `deleted`: its author has
   * deleted the message, and it is there without its words.
   */
  target: {
    question: { sessionId: string; messageId: string; promptId?: string };
    answer: { message: boolean; prompt: boolean; deleted?: true };
  };
  /** The open prompts of a session, earliest first. */
  prompts: { question: { sessionId: string }; answer: { prompts: Prompt[] } };
  /** Where a new `responder` consumer has to start. */
  earliest_prompt: { question: Record<string, never>; answer: { position: Position | null } };
  /** The message to answer, and what was said before it: newest first, until `textBytes` are reached. */
  context: {
    question: { sessionId: string; messageId: string; textBytes: number };
    answer: { messages: PageMessage[]; details: SessionDetails };
  };
  /** What the session is, and how far it was read: at most `limits.readMarks` marks, the latest first. */
  details: {
    question: { sessionId: string };
    answer: { details: SessionDetails; readMarks: ReadMark[] };
  };
  /** The caller's own view of a session. */
  mark: {
    question: { userId: string; sessionId: string; pinned?: boolean; archived?: boolean };
    answer: Record<string, never>;
  };
}

export type RpcVerb = keyof Rpc;
export type RpcQuestion<V extends RpcVerb> = Rpc[V]["question"];
export type RpcAnswer<V extends RpcVerb> = Rpc[V]["answer"] & Applied;
export type RpcReply<V extends RpcVerb> =
  | ({ readonly ok: true } & RpcAnswer<V>)
  | { readonly ok: false; readonly error: "unavailable" | "malformed" | "internal" | "too_large" };

export const rpcVerbs = [
  "history",
  "sessions",
  "search",
  "reactions",
  "receipt",
  "target",
  "prompts",
  "earliest_prompt",
  "context",
  "details",
  "mark",
] as const satisfies readonly RpcVerb[];

/** The answer to `natter.reply.<session>`: what the owner of the running reply has said so far. */
export type ReplySoFar =
  | {
      readonly state: "replying";
      readonly id: string;
      readonly attempt: number;
      readonly claim: string;
      /** The text of each chunk from the number `from` on; empty for one of reasoning. */
      readonly chunks: readonly string[];
      /** Missing: 0. A reply of very many chunks would else be larger than one message of the broker. */
      readonly from?: number;
      /** The text of the chunks before `from`. */
      readonly before?: string;
      /** All reasoning so far. */
      readonly reasoning?: string;
      /** Number of the chunk with `takesText`, if there was one. The text before it is in `reasoning`. */
      readonly takenAt?: number;
    }
  | { readonly state: "released"; readonly id: string; readonly attempt: number };
