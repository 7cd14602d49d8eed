import { Popover } from "@base-ui/react/popover";
import { useMe, usePart, usePresence } from "@natter/client/react";
import type { Session } from "@natter/client";
import type { ReactNode } from "react";
import { useText } from "../locale/use-text.ts";
import { Avatar } from "./avatar.tsx";
import { useNameOf } from "./names.tsx";

const shown = 3;

/** The people who are in the session now. */
export function PeopleHere({ session }: { readonly session: Session }): ReactNode {
  const text = useText();
  const nameOf = useNameOf();
  const people = usePresence(session);
  const more = usePart(session, ({ moreUsers }) => moreUsers);
  const me = useMe(session);
  if (people.length === 0) return null;
  const count = people.length + more;
  const label = text("people.hereCount", { count });
  return (
    <Popover.Root>
      <Popover.Trigger
        aria-label={label}
        title={label}
        className="flex items-center rounded-full p-1 transition-colors hover:bg-hover"
      >
        {people.slice(0, shown).map((user) => (
          <span key={user.id} className="-ml-1.5 rounded-full ring-2 ring-paper first:ml-0">
            <Avatar user={user} size="small" />
          </span>
        ))}
        {count > shown && <span className="pl-1 text-xs text-soft">+{count - shown}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={6} className="z-40">
          <Popover.Popup className="w-60 rounded-xl border border-line bg-raised p-3 shadow-raised outline-none">
            <Popover.Title className="mb-2 text-sm font-semibold">{text("people.here")}</Popover.Title>
            <ul className="flex max-h-72 flex-col gap-2 overflow-y-auto">
              {people.map((user) => (
                <li key={user.id} className="flex items-center gap-2 text-sm">
                  <Avatar user={user} size="small" />
                  <span className="truncate">
                    {user.id === me?.id ? text("people.you", { name: nameOf(user) }) : nameOf(user)}
                  </span>
                </li>
              ))}
              {more > 0 && <li className="text-sm text-soft">{text("people.more", { count: more })}</li>}
            </ul>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
