import type { Arrival, Plan } from "../plan.ts";

/**
 * The text of a message and what the model has to answer. Each text is another one, so that history shows what it has twice. The
 * demo model repeats the words of `/echo` at the speed of `/rate`; a real model gets `--message` and answers as it likes.
 */
export function textOf(
  plan: Plan,
  arrival: Arrival,
  number: number,
): { text: string; wanted: string | undefined } {
  const unique = `${plan.run}-${arrival.session}-${number}`;
  if (plan.message !== undefined) return { text: `${unique} ${plan.message}`, wanted: undefined };
  const wanted = [
    unique,
    ...Array.from({ length: Math.max(0, arrival.answerWords - 1) }, (_, n) => wordAt(n)),
  ].join(" ");
  return { text: `/rate ${plan.answerWordsPerSecond} /echo ${wanted}`, wanted };
}

const words = ["every", "word", "arrives", "live", "on", "each", "device", "and", "nothing", "is", "lost"];

function wordAt(index: number): string {
  return words[index % words.length] ?? "";
}
