import type { SessionEntry, SessionList } from "@natter/client";
import { useClient } from "@natter/client/react";
import { useMemo } from "react";
import { refuseField, sendField, type FieldDraft } from "../drafts/field-draft.ts";
import { copy } from "../interface/copy.ts";
import { notify } from "../interface/notices.tsx";
import { codeOf, reasonOf } from "../interface/reason.ts";
import type { Translate } from "../locale/translate.ts";
import { useText } from "../locale/use-text.ts";
import { linkTo } from "./current-session.ts";
import { deleteLater, undoDeletion, undoMs } from "./deletions.ts";
import { titleName } from "./title-draft.ts";
import { titleOf } from "./title.ts";

export interface SessionActions {
  /** If the server refuses the title, it is in its field again. */
  readonly rename: (entry: SessionEntry, draft: FieldDraft) => void;
  readonly pin: (entry: SessionEntry) => void;
  readonly archive: (entry: SessionEntry) => void;
  readonly share: (sessionId: string) => void;
  /** Can be undone for a while. */
  readonly remove: (entry: SessionEntry) => void;
}

/**
 * What a person can do with a session of the list. A notice shows what fails, and the list goes back by
 * itself.
 */
export function useSessionActions(): SessionActions {
  const { sessions } = useClient();
  const text = useText();
  return useMemo(() => createActions(sessions, text), [sessions, text]);
}

function createActions(sessions: SessionList, text: Translate): SessionActions {
  const changeFailed = (entry: SessionEntry) => (error: unknown) =>
    notify({
      text: text("sessions.changeFailed", { title: titleOf(entry, text), reason: reasonOf(error, text) }),
      isUrgent: true,
    });
  return {
    rename(entry, draft) {
      const name = titleName(entry.sessionId);
      sendField(name, draft, sessions.rename(entry.sessionId, draft.text.trim())).catch((error: unknown) => {
        refuseField(name, draft, codeOf(error));
        changeFailed(entry)(error);
      });
    },
    pin: (entry) => void sessions.pin(entry.sessionId, !entry.pinned).catch(changeFailed(entry)),
    archive(entry) {
      const isArchiving = !entry.archived;
      sessions.archive(entry.sessionId, isArchiving).catch(changeFailed(entry));
      if (!isArchiving) return;
      notify({
        text: text("sessions.archived", { title: titleOf(entry, text) }),
        action: {
          label: text("sessions.undo"),
          run: () =>
            void sessions
              .archive(entry.sessionId, false)
              .then(() => sessions.refresh())
              .catch(changeFailed(entry)),
        },
      });
    },
    share: (sessionId) => void copy(linkTo(sessionId), text("sessions.linkCopied"), text),
    remove(entry) {
      deleteLater(sessions, entry.sessionId, changeFailed(entry));
      notify({
        text: text("sessions.deleted", { title: titleOf(entry, text) }),
        lastsMs: undoMs,
        action: { label: text("sessions.undo"), run: () => undoDeletion(entry.sessionId) },
      });
    },
  };
}
