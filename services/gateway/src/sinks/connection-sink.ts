import type { PacedSink } from "../relay/subscriber.ts";
import type { Consumer } from "./slow-consumers.ts";

/** Where a connection begins in the log. */
export interface ConnectionStart {
  readonly epoch: string;
  readonly cursor: string;
}

/** PORT: the outgoing side of one connection. Two adapters: a WebSocket and an event stream. */
export interface ConnectionSink extends PacedSink, Consumer {
  /** Sends the first frame. Every durable frame that follows is of the epoch of `start`. */
  begin(frame: Uint8Array, start: ConnectionStart): void;
}
