/** Closes what is open at the end of a text, so that it looks as it will when it is closed. */
import remend from "remend";
import { bounds } from "../../budget/bounds.ts";

const codeSpan = String.raw`(?<!\`)(?<marks>\`+)(?!\`)[^]{1,1000}?(?<!\`)\k<marks>(?!\`)`;
const formula = String.raw`\\\([^]{1,${bounds.formulaCharacters}}?\\\)|\\\[[^]{1,${bounds.formulaCharacters}}?\\\]`;
const codeSpans = new RegExp(codeSpan, "g");
/** Whichever begins first: a bracket in code opens no formula, and a backtick in a formula no code. */
const codeSpansAndFormulas = new RegExp(`${codeSpan}|${formula}`, "g");
const codeSpansAndBrackets = new RegExp(`${codeSpan}|${String.raw`\\[()[\]]`}`, "g");

/** The syntax sees to it, also in addresses: a tilde between letters deletes nothing. */
const always = { singleTilde: false };
const others =
  "bold boldItalic htmlTags images inlineCode italic katex links setextHeadings singleTilde strikethrough";
const onlyComparisons = Object.fromEntries(others.split(" ").map((name) => [name, false]));

/** `- > 25` is an item that compares, and no quotation in an item. */
export function withComparisons(text: string): string {
  return remend(text, onlyComparisons);
}

export function completed(text: string, { isWriting }: { readonly isWriting: boolean }): string {
  const kept: string[] = [];
  const without = (from: string, what: RegExp): string =>
    from.replace(what, (whole) => (whole.startsWith("`") ? whole : `\uE000${kept.push(whole) - 1}\uE001`));
  // What stands in a formula is no emphasis that has to be closed, and an escaped bracket begins no link.
  const masked = without(text, codeSpansAndFormulas);
  const closer = isWriting ? openFormula(masked) : undefined;
  const closed =
    closer === undefined
      ? remend(without(masked, codeSpansAndBrackets), always)
      : `${withoutHalf(masked)}${closer}`;
  return closed.replace(/\uE000(\d+)\uE001/g, (whole, index) => kept[Number(index)] ?? whole);
}

function openFormula(text: string): string | undefined {
  const outside = text.replace(codeSpans, "");
  if (outside.includes("```") || outside.includes("~~~")) return undefined;
  const opener = /(?<!\\)(?:\\\\)*\\([([])[^`]*$/.exec(outside)?.[1];
  return opener && (opener === "(" ? "\\)" : "\\]");
}

/** Without a backslash whose other half is still to come. */
function withoutHalf(text: string): string {
  const backslashes = /\\*$/.exec(text)?.[0].length ?? 0;
  return backslashes % 2 === 1 ? text.slice(0, -1) : text;
}
