import { APIConnectionError, APIError } from "openai";
import type { ReplyErrorCode } from "@natter/protocol";
import type { Redaction } from "./redaction.ts";

export type FailureCode = Extract<
  ReplyErrorCode,
  "provider" | "refused" | "rate_limited" | "context_too_long" | "cut"
>;

interface FailureDetails {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** How long the provider asks to wait. */
  readonly retryAfterMs?: number | undefined;
  /** HTTP status; `undefined` if the failure came inside of a stream or instead of an answer. */
  readonly status?: number | undefined;
  /** The provider's name for the request; its support asks for it. */
  readonly requestId?: string | undefined;
  readonly cause?: unknown;
}

/**
 * The provider refused or failed, or its stream broke. `message` is the provider's own text: it is for the worker's log, after
 * redaction, and never for readers.
 */
export class ModelFailure extends Error {
  override readonly name = "ModelFailure";
  readonly code: FailureCode;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly status: number | undefined;
  readonly requestId: string | undefined;

  constructor(code: FailureCode, message: string, details: FailureDetails) {
    super(message, { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable;
    this.retryAfterMs = details.retryAfterMs;
    this.status = details.status;
    this.requestId = details.requestId;
  }

  /** The same failure with another message. */
  withMessage(message: string): ModelFailure {
    return message === this.message ? this : new ModelFailure(this.code, message, this);
  }
}

const maxWords = 200;
const passingStatuses: ReadonlySet<number> = new Set([408, 409, 425, 429]);
const codesWithoutMoney = /insufficient_quota|billing|credit|payment|quota_exceeded/i;
const codesOfPassingErrors = /rate_limit|overloaded|capacity|too_many_requests|throttl/i;

/** The failure of a request, from the error that the SDK or the transport threw. */
export function toFailure(error: unknown, redaction: Redaction): ModelFailure {
  if (error instanceof ModelFailure) return error.withMessage(redaction.redact(error.message));
  if (error instanceof APIConnectionError)
    return new ModelFailure("provider", `cannot be reached: ${redaction.redact(reasonOf(error))}`, {
      retryable: true,
      cause: error,
    });
  if (!(error instanceof APIError)) throw error;
  const status = error.status as number | undefined;
  const headers = error.headers as Headers | undefined;
  return refusalOf({
    status,
    words: [error.code, error.type]
      .filter((word) => typeof word === "string")
      .join(" ")
      .slice(0, maxWords),
    // The SDK puts the status in front of the message.
    message: redaction.redact(error.message.replace(/^\d{3} /, "")),
    retryAfterMs: readRetryAfterMs(headers),
    requestId: redaction.redactId(headers?.get("x-request-id") ?? undefined),
  });
}

export interface Refusal {
  readonly status?: number | undefined;
  /** The provider's codes and types, in any order. */
  readonly words: string;
  readonly message: string;
  readonly retryAfterMs?: number | undefined;
  readonly requestId?: string | undefined;
}

/** From an HTTP refusal, or from an error in the middle of a stream. */
export function refusalOf(refusal: Refusal): ModelFailure {
  const { status, words, message, retryAfterMs, requestId } = refusal;
  const details = { status, retryAfterMs: retryAfterMs ?? readWaitMs(message), requestId };
  if (isAboutContext(`${words} ${message}`) && status !== 429 && (status ?? 400) < 500)
    return new ModelFailure("context_too_long", message, { ...details, retryable: false });
  if (status === 402 || codesWithoutMoney.test(words))
    return new ModelFailure("refused", message, { ...details, retryable: false });
  if (status === 429 || (status === undefined && codesOfPassingErrors.test(words)))
    return new ModelFailure("rate_limited", message, { ...details, retryable: true });
  const isPassing = status === undefined || passingStatuses.has(status) || status >= 500;
  return new ModelFailure(isPassing ? "provider" : "refused", message, { ...details, retryable: isPassing });
}

const contextWords =
  /context[ _-]?(?:length|window|size|limit)|maximum context|(?:prompt|input|request|messages?|conversation)\b[^.]{0,40}\btoo (?:long|large|many tokens)|too many (?:input )?tokens|(?:exceeds?|exceeded|over|larger than)\b[^.]{0,60}\b(?:context|token (?:limit|count)|(?:maximum|max)[^.]{0,30}tokens)|reduce the length|string_above_max_length/i;

function isAboutContext(text: string): boolean {
  return contextWords.test(text);
}

/** Node gives the reason of a failed connection as a chain of causes. An operator looks for their codes. */
function reasonOf(error: Error): string {
  const reasons: string[] = [];
  let cause: unknown = error;
  for (let depth = 0; cause instanceof Error && depth < 4; depth++) {
    const { code } = cause as { code?: unknown };
    reasons.push(typeof code === "string" ? code : cause.message);
    ({ cause } = cause);
  }
  return [...new Set(reasons.filter((reason) => reason !== ""))].join(": ");
}

/** Some providers give the pause only in their message: "Please try again in 1.5s", "retry in 20ms". */
function readWaitMs(message: string): number | undefined {
  const found = /(?:retry|try again) (?:in|after) (\d+(?:\.\d+)?) ?(ms|s|m)(?![a-z])/i.exec(message);
  if (!found) return undefined;
  const unit = found[2]?.toLowerCase();
  return Number(found[1]) * (unit === "ms" ? 1 : unit === "s" ? 1_000 : 60_000);
}

function readRetryAfterMs(headers: Headers | undefined): number | undefined {
  const ms = Number.parseFloat(headers?.get("retry-after-ms") ?? "");
  if (ms >= 0) return ms;
  const text = headers?.get("retry-after");
  if (!text) return undefined;
  const seconds = Number(text);
  const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : undefined;
}
