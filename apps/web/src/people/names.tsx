import type { Session } from "@natter/client";
import { useMe, useMessages, usePresence } from "@natter/client/react";
import { createContext, useCallback, useContext, useMemo, type ReactNode } from "react";

interface Person {
  readonly id: string;
  readonly name: string;
}

const SharedNames = createContext<ReadonlySet<string>>(new Set());

const idPrefix = "guest-";
/** So long that nobody finds a guest's token whose id begins like another's. */
const shownOfId = 8;
const separator = "\n";

/** Knows which names of a session several people have: whoever writes there or is there. */
export function NamesOf({
  session,
  children,
}: {
  readonly session: Session;
  readonly children: ReactNode;
}): ReactNode {
  const keys = useMessages(session);
  const here = usePresence(session);
  const me = useMe(session);
  // As a text, because rows have to be drawn anew only when it is another one.
  const shared = useMemo(
    () => sharedNames([...authorsOf(session, keys), ...here, ...(me ? [me] : [])]).join(separator),
    [session, keys, here, me],
  );
  const names = useMemo(() => new Set(shared.split(separator)), [shared]);
  return <SharedNames value={names}>{children}</SharedNames>;
}

/** How to call somebody, so that two people of one name are told apart: by the beginning of their ids. */
export function useNameOf(): (person: Person) => string {
  const shared = useContext(SharedNames);
  return useCallback(
    ({ id, name }) =>
      shared.has(fold(name)) ? `${name} (${id.replace(idPrefix, "").slice(0, shownOfId)})` : name,
    [shared],
  );
}

function authorsOf(session: Session, keys: readonly string[]): Person[] {
  return keys.flatMap((key) => {
    const message = session.getMessage(key);
    return message?.kind === "message" ? [message.user] : [];
  });
}

function sharedNames(people: readonly Person[]): string[] {
  const holders = new Map<string, string>();
  const shared = new Set<string>();
  for (const { id, name } of people) {
    const folded = fold(name);
    if ((holders.get(folded) ?? id) !== id) shared.add(folded);
    holders.set(folded, id);
  }
  return [...shared].toSorted();
}

/** What looks the same to a reader in a hurry is the same. */
function fold(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/[\p{M}\p{Z}\p{C}]/gu, "")
    .toLowerCase();
}
