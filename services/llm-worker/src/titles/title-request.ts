/** The request for a title, and the title from its answer. Pure. */
import { cleanLine, cutText, limits } from "@natter/protocol";
import type { PromptContext } from "../context/context-reader.ts";
import type { ModelMessage } from "../models/model.ts";

/** The demo model recognises a request for a title by the beginning of this text. */
const instruction =
  "You give conversations their title. Say only the title: a few words, at most six, in the language of the " +
  "conversation, on one line, without quotation marks, without a full stop, without formatting.";
const question = "Give this conversation a title, in its own language.";
/** The beginning of a text is enough for a title. In UTF-16 units. */
const toldLength = 2_000;

/** The beginning of the conversation as the model got it, and its last reply. */
export function titleRequest(promptContext: PromptContext, answer: string): ModelMessage[] {
  const first = promptContext.messages.find(({ role }) => role === "user");
  // Providers refuse an empty message.
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

/** One line of plain text within the limit; `undefined` if no text is left. */
export function titleOf(said: string): string | undefined {
  const lines = said.split(/[\r\n\u2028\u2029]+/);
  for (const line of lines) {
    const title = cut(bare(cleanLine(line.toWellFormed())));
    if (/[\p{L}\p{N}\p{Extended_Pictographic}]/u.test(title)) return title;
  }
  return undefined;
}

/** Removes the decoration that models put around a title, even if it is nested: `**"Title: Lagoons."**`. */
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
