import type { FinishReason } from "@natter/protocol";

export interface ModelMessage {
  readonly role: "system" | "user" | "assistant";
  readonly content: string;
}

export interface ModelRequest {
  readonly model: string;
  /** In any order of roles. The adapter brings them into the order that its provider takes. */
  readonly messages: readonly ModelMessage[];
  /** The most tokens that the answer may have. */
  readonly replyTokens: number;
  /** Aborting closes the upstream request. */
  readonly signal: AbortSignal;
}

/**
 * `text` is a piece of the answer. `reasoning` is what the model thinks aloud, no part of the answer. `taking` is reasoning,
 * too, and says that all text before it was reasoning: some servers send only the end of a thought.
 */
export interface ModelPart {
  readonly type: "text" | "reasoning" | "taking";
  readonly text: string;
}

/** The model said that it is done, and why. */
export interface ModelEnd {
  readonly reason: Extract<FinishReason, "stop" | "length" | "content_filter" | "tool_calls">;
  readonly usage?: TokenUsage | undefined;
}

export interface TokenUsage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}

/** PORT: a language model. `model.contract.ts` is what every adapter passes. */
export interface Model {
  /**
   * Streams one answer. Every part is handed over in the turn in which its bytes came, so no part waits for a promise. What
   * `onPart` throws rejects the call and closes the request.
   *
   * @throws ModelFailure for whatever the provider sends or fails to send, also if the request was aborted
   */
  stream(request: ModelRequest, onPart: (part: ModelPart) => void): Promise<ModelEnd>;
}
