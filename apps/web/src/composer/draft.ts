import { useCallback, useState } from "react";
import { readStored, writeStored } from "../preferences/stored.ts";

/** What was written in this session and not sent, kept through reloads. */
export function useDraft(sessionId: string): [draft: string, setDraft: (draft: string) => void] {
  const name = `draft.${sessionId}`;
  const [draft, setState] = useState(() => readStored(name) ?? "");
  const setDraft = useCallback(
    (next: string) => {
      setState(next);
      writeStored(name, next);
    },
    [name],
  );
  return [draft, setDraft];
}
