/** Cleans texts such as titles that other people see unasked: it removes characters that reverse, hide or break the text around them. */

/** These characters also change the direction of the text after them. */
const turners = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/g;
const lineBreaks = /\r\n?|[\u0085\u2028\u2029]/g;
/** A text of several lines keeps its tabs and line breaks. */
const controls = /(?![\t\n])[\p{Cc}\uFFF9-\uFFFB]/gu;
const blanks = /[\p{Cc}\p{Zl}\p{Zp}\s\uFFF9-\uFFFB]+/gu;

/** One line. */
export function cleanLine(text: string): string {
  return text.replaceAll(turners, "").replaceAll(blanks, " ").trim();
}

/** Lines as they were, each break a single one. */
export function cleanLines(text: string): string {
  return text.replaceAll(turners, "").replaceAll(lineBreaks, "\n").replaceAll(controls, "");
}
