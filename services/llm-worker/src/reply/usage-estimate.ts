import { setImmediate as nextTurn } from "node:timers/promises";
import type { ModelMessage, TokenUsage } from "../models/model.ts";

export interface EstimatedUsage extends TokenUsage {
  readonly estimated: true;
}

/** The time of a tokenizer grows with the square of a run without blanks, so the text is split into pieces. In UTF-16 units. */
const pieceLength = 512;
const piecesInOneTurn = 64;
/** Tokens of the envelope of a message. */
const messageTokens = 4;

/**
 * Estimates the usage of a call if the provider did not send it: after a stop, after a cut, or from a provider that never counts. It uses
 * the tokenizer of OpenAI's models. Other tokenizers give similar numbers.
 */
export async function estimateUsage(
  messages: readonly ModelMessage[],
  said: readonly string[],
): Promise<EstimatedUsage> {
  // The table of the tokenizer takes 70 MB. A worker whose provider counts never loads it.
  const { countTokens } = await import("gpt-tokenizer/encoding/o200k_base");
  const count = (text: string): number => countTokens(text, { disallowedSpecial: new Set() });
  const promptTokens = await sum(
    messages.map(({ content }) => content),
    count,
  );
  const completionTokens = await sum(said, count);
  return { promptTokens: promptTokens + messages.length * messageTokens, completionTokens, estimated: true };
}

async function sum(texts: readonly string[], count: (text: string) => number): Promise<number> {
  let tokens = 0;
  let pieces = 0;
  for (const text of texts) {
    for (let begin = 0; begin < text.length; begin += pieceLength) {
      tokens += count(text.slice(begin, begin + pieceLength));
      if (++pieces % piecesInOneTurn === 0) await nextTurn();
    }
  }
  return tokens;
}
