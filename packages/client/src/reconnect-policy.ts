/** What to do after a connection ended. Pure: chance comes in as a number. */
import { ClosedError, RefusedError, UnauthorizedError, type NatterError } from "./errors.ts";
import type { LinkEnd } from "./link.ts";
import { codes } from "./wire-constants.ts";

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export interface Circumstances {
  /** How often it failed in a row. */
  readonly failures: number;
  /** What `going_away` said, counted from now. */
  readonly goingAwayMs: number | undefined;
  /** Whether a token that is refused can be replaced by another one. */
  readonly canRefresh: boolean;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

export type NextStep =
  | {
      readonly action: "wait";
      readonly delayMs: number;
      /** The next token is to be a new one. */
      readonly refreshToken?: boolean;
      /** The cursor is worth nothing any more. */
      readonly dropCursor?: boolean;
      /** The last frame is never to be sent again. */
      readonly dropFrame?: boolean;
    }
  | { readonly action: "stop"; readonly error: NatterError };

/**
 * The range of the code decides whether to come back: 4500 to 4999 is no. How soon is decided by whose fault it
 * was: after a failure with back-off, otherwise at once, spread over half a second.
 */
export function nextStep({ code, reason, error }: LinkEnd, circumstances: Circumstances): NextStep {
  const { failures, goingAwayMs, canRefresh, random } = circumstances;
  const soonMs = random * firstDelayMs;
  const isUnauthorized = code === codes.unauthorized || error?.code === "unauthorized";
  if (isUnauthorized && canRefresh)
    return { action: "wait", delayMs: failures === 0 ? 0 : backOffMs(failures, random), refreshToken: true };
  if (error && !error.temporary) return { action: "stop", error };
  if (code >= 4500 && code <= 4999) return { action: "stop", error: finalError(code, reason) };
  switch (code) {
    case codes.going_away:
      return { action: "wait", delayMs: goingAwayMs ?? soonMs };
    case codes.outcome_unknown:
      return { action: "wait", delayMs: soonMs };
    case codes.resync:
      return { action: "wait", delayMs: soonMs, dropCursor: true };
    case 1009:
      return { action: "wait", delayMs: soonMs, dropFrame: true };
    default:
      return { action: "wait", delayMs: goingAwayMs ?? backOffMs(failures, random) };
  }
}

/** Full jitter: anywhere up to the bound, which doubles with each failure. */
export function backOffMs(failures: number, random: number): number {
  return random * Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 10));
}

function finalError(code: number, reason: string): NatterError {
  switch (code) {
    case codes.unauthorized:
      return new UnauthorizedError("unauthorized", "It is not known who connects");
    case codes.forbidden:
      return new RefusedError("forbidden", "This user may not join this session");
    case codes.bad_session:
      return new RefusedError("bad_session", "The session id is not valid");
    case codes.session_deleted:
      return new ClosedError("The session was deleted");
    default:
      return new ClosedError(`The server closed for good: ${code} ${reason}`);
  }
}
