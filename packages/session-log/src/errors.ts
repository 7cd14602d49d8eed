import { JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { errors } from "@nats-io/nats-core";

/** The broker did not take an event. */
export class LogAway extends Error {
  override readonly name = "LogAway";
  /** `no`: it is certainly not in the log. `unknown`: it may or may not be. */
  readonly stored: "no" | "unknown";

  constructor(stored: "no" | "unknown", options?: ErrorOptions) {
    super(
      stored === "no" ? "the log did not take the event" : "the log did not say whether it took the event",
      options,
    );
    this.stored = stored;
  }
}

/** The log, or the disk that it is on, is full. It takes events again when somebody has made room. */
export class LogFull extends LogAway {
  constructor(options?: ErrorOptions) {
    super("no", options);
  }
}

/** The event is larger than the broker takes, so no try will help. */
export class EventTooLarge extends LogAway {
  constructor(options?: ErrorOptions) {
    super("no", options);
  }
}

/** The broker did not answer a question about the log, or there is no log at this moment. */
export class LogUnreadable extends Error {
  override readonly name = "LogUnreadable";

  constructor(options?: ErrorOptions) {
    super("the log cannot be read", options);
  }
}

/** The session has another last event than expected: read on, then decide again. */
export class AppendConflict extends Error {
  override readonly name = "AppendConflict";
}

/** An append took so long that trying again with the same id could store it twice: look it up. */
export class AppendStale extends Error {
  override readonly name = "AppendStale";
}

/** The persistence service did not answer in time, or could not ask its store. */
export class StoreUnavailable extends Error {
  override readonly name = "StoreUnavailable";
}

/** What was asked for is larger than one message of the broker: asking again does not help, asking for less does. */
export class AnswerTooLarge extends Error {
  override readonly name = "AnswerTooLarge";
}

/** A request that the client itself refuses to send comes back at each try. */
const ofTheNetwork = Object.values(errors).filter((kind) => kind !== errors.InvalidArgumentError);

/** Whether a call failed because the broker or the store is away or slow: it passes. Everything else comes again at each try. */
export function isOutage(error: unknown): boolean {
  if (error instanceof EventTooLarge) return false;
  const kinds = [
    LogAway,
    LogUnreadable,
    AppendConflict,
    AppendStale,
    StoreUnavailable,
    JetStreamApiError,
    JetStreamError,
  ];
  return [...kinds, ...ofTheNetwork].some((kind) => error instanceof kind);
}
