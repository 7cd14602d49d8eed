import type { Translate } from "../locale/locale.ts";
import { notify } from "./notices.tsx";

/** Copies, and says whether it worked. */
export async function copy(content: string, said: string, text: Translate): Promise<void> {
  try {
    await navigator.clipboard.writeText(content);
    notify({ text: said, lastsMs: 2_500 });
  } catch {
    notify({ text: text("sessions.copyFailed"), isUrgent: true });
  }
}
