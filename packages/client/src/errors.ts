import type { ErrorCode, ReplyErrorCode } from "@natter/protocol/plain";

/** A row of the protocol's tables of errors and of reply errors, or what only a client can know. */
export type NatterErrorCode =
  | ErrorCode
  | ReplyErrorCode
  /** The request never arrived, or its answer did not. */
  | "network"
  /** More is waiting in the outbox than it may hold. */
  | "outbox_full"
  /** The session or the client is closed, or the session was deleted. */
  | "closed";

export interface NatterErrorOptions extends ErrorOptions {
  readonly temporary?: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly status?: number | undefined;
}

/** What every error of this package is. */
export class NatterError extends Error {
  override readonly name: string = "NatterError";
  readonly code: NatterErrorCode;
  /** Whether the same may succeed later. */
  readonly temporary: boolean;
  /** Not before this; `undefined` if nobody said. */
  readonly retryAfterMs: number | undefined;
  /** Status of the HTTP answer, if there was one. */
  readonly status: number | undefined;

  constructor(code: NatterErrorCode, message: string, options: NatterErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.temporary = options.temporary ?? false;
    this.retryAfterMs = options.retryAfterMs;
    this.status = options.status;
  }
}

/** The server refused it. */
export class RefusedError extends NatterError {
  override readonly name: string = "RefusedError";
}

/** It is not known who asks, also with a fresh token. */
export class UnauthorizedError extends RefusedError {
  override readonly name = "UnauthorizedError";
}

/** Too much in too short a time: `retryAfterMs` says when to come back. */
export class RateLimitedError extends RefusedError {
  override readonly name = "RateLimitedError";
}

/** The answer ended with an error; what was said until then is in the timeline. */
export class ReplyError extends NatterError {
  override readonly name = "ReplyError";
}

/** The server was not reached. Always temporary. */
export class NetworkError extends NatterError {
  override readonly name = "NetworkError";

  constructor(message: string, options?: ErrorOptions) {
    super("network", message, { ...options, temporary: true });
  }
}

/** The outbox holds as much as it may. What is in it is kept; the new intent is not. */
export class OutboxFullError extends NatterError {
  override readonly name = "OutboxFullError";

  constructor() {
    super("outbox_full", "Too much waits");
  }
}

/** Nothing more can be sent here: `close()` was called, the session was deleted, or the server forbids it. */
export class ClosedError extends NatterError {
  override readonly name = "ClosedError";

  constructor(message = "It is closed") {
    super("closed", message);
  }
}

/** What is thrown may be anything. */
export function toNatterError(error: unknown): NatterError {
  return error instanceof NatterError
    ? error
    : new NatterError("internal", error instanceof Error ? error.message : String(error), { cause: error });
}

/** The class that fits the code. */
export function toError(said: {
  readonly code: NatterErrorCode;
  readonly message: string;
  readonly temporary: boolean;
  readonly retryAfterMs?: number | undefined;
  readonly status?: number | undefined;
}): NatterError {
  const { code, message } = said;
  const Refusal =
    code === "unauthorized" ? UnauthorizedError : code === "rate_limited" ? RateLimitedError : RefusedError;
  return new Refusal(code, message, said);
}
