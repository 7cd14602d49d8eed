/** What to do after a connection ended. Pure: chance comes in as a number. */
import { ClosedError, toError, type NatterError } from "../errors.ts";
import type { LinkEnd } from "./link.ts";
import { goingAway, outcomeUnknown, refusals, resync, tooBig } from "./wire-constants.ts";

const firstDelayMs = 500;
const longestDelayMs = 30_000;

export interface Circumstances {
  /** How often it failed in a row. */
  readonly failedAttempts: number;
  /** What `going_away` said, counted from now. */
  readonly afterMs: number | undefined;
  /** Whether a token that is refused can be replaced by another one. */
  readonly canRefresh: boolean;
  /** From 0 up to, not including, 1. */
  readonly random: number;
}

export type NextStep =
  | { readonly error: NatterError }
  | {
      readonly error?: undefined;
      readonly retryAfterMs: number;
      /** The next token is to be a new one. */
      readonly refresh: boolean;
    };

/**
 * The range of the code decides whether to come back: 4500 to 4999 is no. How soon is decided by whose fault it
 * was: after a failure with back-off, otherwise at once, spread over half a second.
 */
export function nextStep({ code, reason, error }: LinkEnd, circumstances: Circumstances): NextStep {
  const { failedAttempts, afterMs, canRefresh, random } = circumstances;
  const refusal = refusals[code];
  const refresh = canRefresh && (refusal ?? error?.code) === "unauthorized";
  if (!refresh) {
    if (error && !error.temporary) return { error };
    const message = `Closed for good: ${code} ${reason}`;
    if (refusal) return { error: toError({ code: refusal, message, temporary: false }) };
    if (code >= 4500 && code <= 4999) return { error: new ClosedError(message) };
  }
  const soonMs = backOffMs(0, random);
  let retryAfterMs = afterMs ?? (code === goingAway ? soonMs : backOffMs(failedAttempts, random));
  if (code === outcomeUnknown || code === resync || code === tooBig) retryAfterMs = soonMs;
  if (refresh && failedAttempts === 0) retryAfterMs = 0;
  return { retryAfterMs, refresh };
}

/** Full jitter: anywhere up to the bound, which doubles with each failure. */
export function backOffMs(failures: number, random: number): number {
  return random * Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures, 10));
}
