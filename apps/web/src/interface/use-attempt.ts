import { useCallback } from "react";
import { useText } from "../locale/use-text.ts";
import { notify } from "./notices.tsx";
import { reasonOf } from "./reason.ts";

/** Shows a notice with the reason why a change failed. The page itself goes back to what is stored. */
export function useChangeFailed(): (error: unknown) => void {
  const text = useText();
  return useCallback(
    (error) =>
      notify({ text: text("message.changeFailed", { reason: reasonOf(error, text) }), isUrgent: true }),
    [text],
  );
}

/** Waits for a change, and shows a notice if it fails. */
export function useAttempt(): (change: Promise<unknown>) => void {
  const changeFailed = useChangeFailed();
  return (change) => void change.catch(changeFailed);
}
