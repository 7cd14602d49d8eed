/** Closes the markup that is open at the end of a text, so the text looks as it will when it is complete. */
import remend from "remend";
import { bounds } from "../../budget/bounds.ts";

const codeSpan = String.raw`(?<!\`)(?<marks>\`+)(?!\`)[^]{1,1000}?(?<!\`)\k<marks>(?!\`)`;
const formula = String.raw`\\\([^]{1,${bounds.formulaCharacters}}?\\\)|\\\[[^]{1,${bounds.formulaCharacters}}?\\\]`;
const codeSpans = new RegExp(codeSpan, "g");
/**
 * The one that begins first counts: a bracket in code opens no formula, and a backtick in a formula opens no
 * code.
 */
const codeSpansAndFormulas = new RegExp(`${codeSpan}|${formula}`, "g");
const codeSpansAndBrackets = new RegExp(`${codeSpan}|${String.raw`\\[()[\]]`}`, "g");

/** The syntax handles it, also in addresses: a tilde between letters deletes nothing. */
const always = { singleTilde: false };
const others =
  "bold boldItalic htmlTags images inlineCode italic katex links setextHeadings singleTilde strikethrough";
const onlyComparisons = Object.fromEntries(others.split(" ").map((name) => [name, false]));

/** `- > 25` is an item with a comparison, not a quotation in an item. */
export function withComparisons(text: string): string {
  return remend(text, onlyComparisons);
}

export function completed(text: string, { isWriting }: { readonly isWriting: boolean }): string {
  const hidden: string[] = [];
  const without = (from: string, what: RegExp): string =>
    from.replace(what, (whole) => (whole.startsWith("`") ? whole : `\uE000${hidden.push(whole) - 1}\uE001`));
  // Emphasis in a formula is not closed, and an escaped bracket begins no link.
  const masked = without(text, codeSpansAndFormulas);
  const closer = isWriting ? openFormula(masked) : undefined;
  const closed =
    closer === undefined
      ? remend(without(masked, codeSpansAndBrackets), always)
      : `${withoutHalf(masked)}${closer}`;
  return closed.replace(/\uE000(\d+)\uE001/g, (whole, index) => hidden[Number(index)] ?? whole);
}

function openFormula(text: string): string | undefined {
  const outside = text.replace(codeSpans, "");
  if (outside.includes("```") || outside.includes("~~~")) return undefined;
  const opener = /(?<!\\)(?:\\\\)*\\([([])[^`]*$/.exec(outside)?.[1];
  return opener && (opener === "(" ? "\\)" : "\\]");
}

/** The text without a backslash at its end that escapes a character still to come. */
function withoutHalf(text: string): string {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1 ? text.slice(0, -1) : text;
}
