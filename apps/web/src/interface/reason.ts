import { NatterError } from "@natter/client";
import { en, type TextKey } from "../locale/en.ts";
import type { Translate } from "../locale/locale.ts";

/** What happened and what can be done, in words for people. */
export function reasonOf(error: unknown, text: Translate): string {
  const key = `error.${error instanceof NatterError ? error.code : "other"}`;
  return text(key in en ? (key as TextKey) : "error.other");
}
