import type { SessionEntry } from "@natter/client";
import { Archive, ArchiveRestore, Ellipsis, Link2, Pencil, Pin, PinOff, Trash2 } from "lucide-react";
import { memo, useState, type ReactNode } from "react";
import { IconButton } from "../interface/button.tsx";
import { Action, ActionMenu } from "../interface/menu.tsx";
import { useText } from "../locale/use-text.ts";
import type { SessionActions } from "./session-actions.ts";
import { titleOf } from "./title.ts";

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
  const [isRenaming, setRenaming] = useState(false);
  const title = titleOf(entry, text);
  if (isRenaming)
    return (
      <li>
        <TitleField
          title={title}
          done={(next) => {
            setRenaming(false);
            if (next !== undefined) actions.rename(entry, next);
          }}
        />
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
      <SessionMenu entry={entry} title={title} actions={actions} rename={() => setRenaming(true)} />
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
  return (
    <ActionMenu
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
      <Action
        icon={<Trash2 size={15} aria-hidden />}
        label={text("sessions.delete")}
        isAlarming
        run={() => actions.remove(entry)}
      />
    </ActionMenu>
  );
}

interface TitleFieldProperties {
  readonly title: string;
  /** With the new title, or nothing if the old one stays. */
  readonly done: (title?: string) => void;
}

function TitleField({ title, done }: TitleFieldProperties): ReactNode {
  const text = useText();
  const [value, setValue] = useState(title);
  return (
    <input
      aria-label={text("sessions.renameLabel")}
      value={value}
      maxLength={200}
      // Whoever chose "rename" wants to type now.
      ref={(field) => field?.focus()}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setValue(event.target.value)}
      onBlur={() => done(value)}
      onKeyDown={(event) => {
        if (event.key === "Enter" && !event.nativeEvent.isComposing) done(value);
        if (event.key === "Escape") done();
      }}
      className="w-full rounded-lg border border-edge bg-paper px-3 py-1.5 text-sm"
    />
  );
}
