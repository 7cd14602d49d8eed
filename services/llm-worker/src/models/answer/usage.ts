import type { TokenUsage } from "../model.ts";

/** `undefined` if it does not say both counts as whole numbers. Chat Completions and Responses name them differently. */
export function readUsage(value: unknown): TokenUsage | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const usage = value as Readonly<Record<string, unknown>>;
  const promptTokens = usage["prompt_tokens"] ?? usage["input_tokens"];
  const completionTokens = usage["completion_tokens"] ?? usage["output_tokens"];
  return isCount(promptTokens) && isCount(completionTokens) ? { promptTokens, completionTokens } : undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}
