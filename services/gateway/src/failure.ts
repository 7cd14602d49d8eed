import {
  AnswerTooLarge,
  AppendConflict,
  EventTooLarge,
  LogAway,
  LogFull,
  LogUnreadable,
  StoreUnavailable,
} from "@natter/session-log";
import { protocolErrors, type ErrorCode, type ServerFrameOf } from "@natter/protocol";

/** Something that the client is told, as a row of the error table. */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: ErrorCode;
  /** The event may or may not be in the log: only a replay tells. */
  readonly outcomeUnknown: boolean;

  constructor(
    code: ErrorCode,
    message: string = protocolErrors[code].meaning,
    options: ErrorOptions & { outcomeUnknown?: boolean } = {},
  ) {
    super(message, options);
    this.code = code;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
  }
}

const retryAfterMs = 1_000;

/** What the world did, in the words of the table; everything else is a defect of ours. */
export function toFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  if (error instanceof LogFull) return new Failure("full", undefined, { cause: error });
  if (error instanceof AnswerTooLarge) return new Failure("answer_too_large", undefined, { cause: error });
  if (error instanceof EventTooLarge)
    return new Failure("too_large", "The broker takes no event of this size", { cause: error });
  if (error instanceof LogAway) {
    const outcomeUnknown = error.stored === "unknown";
    const message = outcomeUnknown
      ? "It may or may not be stored; send it again"
      : "The broker is away; send it again";
    return new Failure("temporary", message, { cause: error, outcomeUnknown });
  }
  if (error instanceof LogUnreadable)
    return new Failure("temporary", "The broker is away; send it again", { cause: error });
  if (error instanceof StoreUnavailable)
    return new Failure("temporary", "The store is away; send it again", { cause: error });
  if (error instanceof AppendConflict)
    return new Failure("temporary", "The session is busy; send it again", { cause: error });
  return new Failure("internal", undefined, { cause: error });
}

export function errorFrame(failure: Failure, id?: string): ServerFrameOf<"error"> {
  const { temporary } = protocolErrors[failure.code];
  return {
    type: "error",
    code: failure.code,
    message: failure.message,
    temporary,
    ...(id === undefined ? {} : { id }),
    ...(temporary ? { retryAfterMs } : {}),
  };
}
