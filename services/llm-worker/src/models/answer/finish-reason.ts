import type { ModelEnd } from "../model.ts";

type Reason = ModelEnd["reason"];

/** Parts of the words that servers have for it; the first row that fits counts. */
const rows: readonly (readonly [Reason, RegExp])[] = [
  ["tool_calls", /^(?:tool|function)(?:_|$)/],
  [
    "content_filter",
    /filter|safety|recitation|blocklist|prohibited|spii|sensitive|moderat|refusal|guardrail/,
  ],
  ["length", /length|(?:^|_)max(?:_|imum|$)|token_limit|context_window/],
  [
    "stop",
    /^(?:stop|stopped|eos|eot|end|ended|done|complete|completed|finish|finished|normal|im_end)(?:_|$)/,
  ],
];

/**
 * The protocol's word for a provider's: the log takes no others. `undefined` for a word that does not say that the answer is
 * whole, such as `abort` or `error`.
 */
export function readReason(word: string): Reason | undefined {
  const name = normalized(word);
  return rows.find(([, pattern]) => pattern.test(name))?.[0];
}

/** Whether it is a word at all: some servers write an empty one or "null" where there is none. */
export function isReason(word: unknown): word is string {
  return typeof word === "string" && !["", "null", "none", "undefined"].includes(normalized(word));
}

function normalized(word: string): string {
  return word
    .trim()
    .replaceAll(/[<>|]/g, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[\s./-]+/g, "_")
    .replace(/^finish_reason_/, "");
}
