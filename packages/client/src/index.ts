export type {
  ClientOptions,
  NatterClient,
  SessionChange,
  SessionList,
  SessionListSnapshot,
} from "./client.ts";
export { createClient } from "./create-client.ts";
export {
  ClosedError,
  NatterError,
  NetworkError,
  OutboxFullError,
  RateLimitedError,
  RefusedError,
  ReplyError,
  UnauthorizedError,
  type NatterErrorCode,
} from "./errors.ts";
export { IndexedDbOutbox } from "./outbox/indexed-db-outbox.ts";
export { MemoryOutbox } from "./outbox/memory-outbox.ts";
export type { OutboxEntry, OutboxStore } from "./outbox/outbox-store.ts";
export type { Ack, Reply, ReplyStep, SendOptions, Session, SessionEvents } from "./session.ts";
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
export type {
  Attachment,
  LogEvent,
  PageMessage,
  Reaction,
  ReadMark,
  SearchAnswer,
  SearchHit,
  ServerFrame,
  SessionEntry,
  User,
} from "@natter/protocol/plain";
