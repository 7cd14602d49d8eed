import type { ClientOptions, NatterClient } from "./client.ts";

export type {
  ClientOptions,
  NatterClient,
  SessionChange,
  SessionList,
  SessionListSnapshot,
} from "./client.ts";
export {
  ClosedError,
  NatterError,
  NetworkError,
  OutboxFullError,
  RateLimitedError,
  RefusedError,
  UnauthorizedError,
  type NatterErrorCode,
} from "./errors.ts";
export type { OutboxEntry, OutboxStore } from "./outbox-store.ts";
export type { Ack, Reply, SendOptions, Session, SessionEvents } from "./session.ts";
export type {
  Answer,
  AnswerState,
  ConnectionSnapshot,
  ConnectionState,
  Delivery,
  DetailsSnapshot,
  HistorySnapshot,
  Message,
  SessionSnapshot,
  UserMessage,
} from "./snapshots.ts";

/** Makes a client. Nothing connects before a session is opened. */
export declare function createClient(options?: ClientOptions): NatterClient;
