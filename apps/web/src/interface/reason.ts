import { NatterError } from "@natter/client";
import { en, type TextKey } from "../locale/en.ts";
import type { Translate } from "../locale/translate.ts";

/** Why something failed, and what the person can do about it. */
export function reasonOf(error: unknown, text: Translate): string {
  return reasonOfCode(codeOf(error), text);
}

/** The code of an error. It can be stored, which an error cannot. */
export function codeOf(error: unknown): string {
  return error instanceof NatterError ? error.code : "other";
}

export function reasonOfCode(code: string, text: Translate): string {
  const key = `error.${code}`;
  return text(key in en ? (key as TextKey) : "error.other");
}
