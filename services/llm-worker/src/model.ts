import type { FinishReason } from "@natter/protocol";

export interface ModelMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ModelRequest {
  readonly model: string;
  readonly messages: readonly ModelMessage[];
  readonly replyTokens: number;
  /** Aborting closes the upstream request. */
  readonly signal: AbortSignal;
}

export type ModelPart =
  | { readonly type: "text"; readonly text: string }
  /** What the model thinks aloud; no part of the answer. */
  | { readonly type: "reasoning"; readonly text: string }
  /** The model said that it is done, and why. A stream that ends without this one was cut. */
  | {
      readonly type: "finish";
      readonly reason: Extract<FinishReason, "stop" | "length" | "content_filter" | "tool_calls">;
      readonly usage?: TokenUsage;
    };

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** PORT: a language model. */
export interface Model {
  /**
   * Streams one answer. Ends without a `finish` part if the stream was cut, and also if it was aborted.
   *
   * @throws ModelFailure
   */
  stream(request: ModelRequest): AsyncIterable<ModelPart>;
}

/** The provider refused or failed, or its stream broke. `message` is fit to be shown. */
export class ModelFailure extends Error {
  override readonly name = "ModelFailure";
  readonly code: "provider" | "rate_limited" | "cut";
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  /** What the provider asks to wait. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ModelFailure["code"],
    message: string,
    how: { retryable: boolean; retryAfterMs?: number | undefined; cause?: unknown },
  ) {
    super(message, { cause: how.cause });
    this.code = code;
    this.retryable = how.retryable;
    this.retryAfterMs = how.retryAfterMs;
  }
}
