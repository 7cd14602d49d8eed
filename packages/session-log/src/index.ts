export type { Msg, Subscription } from "@nats-io/nats-core";
export { Connection, isNoResponders, type BrokerLogger, type ConnectionOptions } from "./connection.ts";
export {
  AnswerTooLarge,
  AppendConflict,
  AppendStale,
  EventTooLarge,
  LogAway,
  LogFull,
  LogUnreadable,
  StoreUnavailable,
  isOutage,
} from "./errors.ts";
export { bodyHashOf, eventIdOf, isAuthor } from "./identity.ts";
export type { Appended, AppendOptions } from "./log/appender.ts";
export { placeOf, type LivePlace } from "./log/republished.ts";
export { decodeEvent, eventIn, type PlacedEvent } from "./log/event-decoder.ts";
export { SessionLog } from "./log/session-log.ts";
export type { LogRange, StoredEvent } from "./log/session-reader.ts";
export type { LogStreamOptions } from "./log/stream-config.ts";
export { StoreClient } from "./store/store-client.ts";
export { StoreServer, type StoreQuestion } from "./store/store-server.ts";
export { SessionView, type LogPart, type StoreRule } from "./view/session-view.ts";
export type { Delivery } from "./work/delivery.ts";
export type { Fetch } from "./work/fetch.ts";
export { WorkQueue, type WorkQueueOptions } from "./work/work-queue.ts";
