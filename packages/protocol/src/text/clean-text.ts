/** Texts that others see without having asked for them, such as titles: without what turns, hides or breaks what is around them. */

/** They turn the direction of what stands after them, too. */
const turners = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/g;
const lineBreaks = /\r\n?|[\u0085\u2028\u2029]/g;
/** Of a text of several lines, tabs and line breaks are a part. */
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
