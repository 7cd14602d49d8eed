import type { Translate } from "../locale/translate.ts";
import { notify } from "./notices.tsx";

/**
 * Copies a text, and shows a notice with the outcome.
 * @param done the notice of a success
 */
export async function copy(content: string, done: string, text: Translate): Promise<void> {
  try {
    await navigator.clipboard.writeText(content);
    notify({ text: done, lastsMs: 2_500 });
  } catch {
    notify({ text: text("sessions.copyFailed"), isUrgent: true });
  }
}
