/** What the model is asked for a title, and what is made of its answer. Pure. */
import { cleanLine, cutText, limits } from "@natter/protocol";
import type { PromptContext } from "../context/context-reader.ts";
import type { ModelMessage } from "../models/model.ts";

/** The demo model knows a request for a title by the beginning of this. */
const instruction =
  "You give conversations their title. Say only the title: a few words, at most six, in the language of the " +
  "conversation, on one line, without quotation marks, without a full stop, without formatting.";
const question = "Give this conversation a title, in its own language.";
/** A title says what it is about, and that is said at the beginning. In UTF-16 units. */
const toldLength = 2_000;

/** The beginning of the conversation as the model was told it, and its last answer. */
export function titleRequest(promptContext: PromptContext, answer: string): ModelMessage[] {
  const first = promptContext.messages.find(({ role }) => role === "user");
  // Providers refuse a message without a word.
  const said: ModelMessage[] = answer === "" ? [] : [{ role: "assistant", content: beginningOf(answer) }];
  return [
    { role: "system", content: instruction },
    { role: "user", content: beginningOf(first?.content ?? "") },
    ...said,
    { role: "user", content: question },
  ];
}

const label = /^(?:title|제목)\s*[:：]\s*/i;
const wrapping = "[\\s*_`~\"'“”„‟«»‹›‘’‚「」『』《》]+";
const leading = new RegExp(`^(?:(?:#+|>|[-+*•])\\s+|${wrapping})`, "u");
const trailing = new RegExp(`(?:${wrapping}|(?<!\\.)[.。])$`, "u");

/** One line of plain text that fits; `undefined` if nothing is left of it. */
export function titleOf(said: string): string | undefined {
  const lines = said.split(/[\r\n\u2028\u2029]+/);
  for (const line of lines) {
    const title = cut(bare(cleanLine(line.toWellFormed())));
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(title)) return title;
  }
  return undefined;
}

/** Without what models put around a title, however often: `**"Title: Lagoons."**`. */
function bare(line: string): string {
  const text = line.replace(leading, "").replace(trailing, "").replace(label, "");
  return text === line ? text : bare(text);
}

function cut(title: string): string {
  if (title.length <= limits.titleLength) return title;
  const fitting = cutText(title, limits.titleLength - 1);
  const end = fitting.lastIndexOf(" ");
  return `${end > 0 ? fitting.slice(0, end) : fitting}…`;
}

function beginningOf(text: string): string {
  return cutText(text, toldLength);
}
