import type { SessionEntry } from "@natter/client";
import { useClient } from "@natter/client/react";
import { Archive, ArchiveRestore, Ellipsis, Link2, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import { memo, useRef, useState, type ReactNode } from "react";
import {
  forgetField,
  openField,
  putFieldAside,
  readFieldDraft,
  useFieldFocus,
  writeField,
  type FieldDraft,
} from "../drafts/field-draft.ts";
import { IconButton } from "../interface/button.tsx";
import { useEscape } from "../interface/escape.ts";
import { Action, ActionMenu } from "../interface/menu.tsx";
import { reasonOfCode } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";
import type { SessionActions } from "../sessions/session-actions.ts";
import { titleName, useTitleDraft } from "../sessions/title-draft.ts";
import { titleOf } from "../sessions/title.ts";

interface SessionItemProperties {
  readonly entry: SessionEntry;
  readonly isCurrent: boolean;
  readonly open: (sessionId: string) => void;
  readonly actions: SessionActions;
}

export const SessionItem: (properties: SessionItemProperties) => ReactNode = memo(function SessionItem({
  entry,
  isCurrent,
  open,
  actions,
}: SessionItemProperties): ReactNode {
  const text = useText();
  const draft = useTitleDraft(entry);
  const title = titleOf(entry, text);
  if (draft?.state === "open")
    return (
      <li>
        <TitleField entry={entry} draft={draft} actions={actions} />
      </li>
    );
  return (
    <li
      className={`group flex items-center rounded-lg transition-colors has-[a:hover]:bg-hover ${isCurrent ? "bg-hover" : ""}`}
    >
      <a
        href={`?session=${encodeURIComponent(entry.sessionId)}`}
        aria-current={isCurrent ? "page" : undefined}
        className="min-w-0 flex-1 truncate rounded-lg py-2 pl-3 text-sm"
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
          event.preventDefault();
          open(entry.sessionId);
        }}
      >
        {title}
      </a>
      <SessionMenu
        entry={entry}
        title={title}
        actions={actions}
        rename={() => openField(titleName(entry.sessionId), title)}
      />
    </li>
  );
});

interface SessionMenuProperties {
  readonly entry: SessionEntry;
  readonly title: string;
  readonly actions: SessionActions;
  readonly rename: () => void;
}

function SessionMenu({ entry, title, actions, rename }: SessionMenuProperties): ReactNode {
  const text = useText();
  const { canDelete, load } = useCanDelete(entry);
  return (
    <ActionMenu
      onOpen={load}
      trigger={
        <IconButton
          label={text("sessions.actions", { title })}
          className="opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 data-popup-open:opacity-100 pointer-coarse:opacity-100"
        >
          <Ellipsis size={16} aria-hidden />
        </IconButton>
      }
    >
      <Action icon={<Pencil size={15} aria-hidden />} label={text("sessions.rename")} run={rename} />
      <Action
        icon={entry.pinned ? <PinOff size={15} aria-hidden /> : <Pin size={15} aria-hidden />}
        label={text(entry.pinned ? "sessions.unpin" : "sessions.pin")}
        run={() => actions.pin(entry)}
      />
      <Action
        icon={entry.archived ? <ArchiveRestore size={15} aria-hidden /> : <Archive size={15} aria-hidden />}
        label={text(entry.archived ? "sessions.unarchive" : "sessions.archive")}
        run={() => actions.archive(entry)}
      />
      <Action
        icon={<Link2 size={15} aria-hidden />}
        label={text("sessions.share")}
        run={() => actions.share(entry.sessionId)}
      />
      {canDelete && (
        <Action
          icon={<Trash2 size={15} aria-hidden />}
          label={text("sessions.delete")}
          isAlarming
          run={() => actions.remove(entry)}
        />
      )}
    </ActionMenu>
  );
}

/**
 * Whether the person may delete the chat. The list has the answer of the time when it was loaded. If the chat
 * had no owner then, the menu requests the answer from the server.
 */
function useCanDelete({ sessionId, canDelete }: SessionEntry): { canDelete: boolean; load: () => void } {
  const { sessions } = useClient();
  const [isConfirmed, setConfirmed] = useState(false);
  const load = (): void => {
    if (canDelete === true) return;
    sessions.details(sessionId).then(
      (details) => setConfirmed(details.canDelete === true),
      () => setConfirmed(false),
    );
  };
  return { canDelete: canDelete === true || isConfirmed, load };
}

interface TitleFieldProperties {
  readonly entry: SessionEntry;
  readonly draft: FieldDraft;
  readonly actions: SessionActions;
}

/**
 * Enter and leaving the field rename. Escape puts the text aside, wherever the focus is. An unchanged text
 * changes nothing: it may be an excerpt, which nobody chose as a title.
 */
function TitleField({ entry, draft, actions }: TitleFieldProperties): ReactNode {
  const text = useText();
  const field = useRef<HTMLInputElement>(null);
  const name = titleName(entry.sessionId);
  useFieldFocus(name, field);
  useEscape(field, () => putFieldAside(name));
  const done = (): void => {
    // The field also loses the focus when it leaves the page.
    const written = readFieldDraft(name);
    if (written?.state !== "open") return;
    if (written.text.trim() === "" || written.text.trim() === written.was.trim()) forgetField(name);
    else actions.rename(entry, written);
  };
  return (
    <>
      <input
        ref={field}
        aria-label={text("sessions.renameLabel")}
        value={draft.text}
        maxLength={200}
        onChange={(event) => writeField(name, event.target.value)}
        onBlur={done}
        onKeyDown={(event) => {
          if (event.nativeEvent.isComposing) return;
          if (event.key === "Enter") done();
          if (event.key !== "Escape") return;
          event.stopPropagation();
          putFieldAside(name);
        }}
        className="w-full rounded-lg border border-edge bg-paper px-3 py-1.5 text-sm"
      />
      {draft.refusal !== undefined && (
        <p className="px-3 py-1 text-xs text-alarm">{reasonOfCode(draft.refusal, text)}</p>
      )}
    </>
  );
}
