export type { Msg, Subscription } from "@nats-io/nats-core";
export { Connection, isNoResponders, type BrokerLogger, type ConnectionOptions } from "./connection.ts";
export { bodyHashOf, eventIdOf, isAuthor } from "./identity.ts";
export {
  AnswerTooLarge,
  AppendConflict,
  AppendStale,
  EventTooLarge,
  LogAway,
  LogFull,
  LogUnreadable,
  StoreAway,
  isOutage,
} from "./log-errors.ts";
export type { LogStreamOptions } from "./log-stream.ts";
export { readTail } from "./log-tail.ts";
export { SessionLog, type Appended, type AppendOptions } from "./session-log.ts";
export type { StoredEvent } from "./session-reader.ts";
export { StoreClient } from "./store-client.ts";
