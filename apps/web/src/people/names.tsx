import type { Session } from "@natter/client";
import { useMe, useMessages, usePresence } from "@natter/client/react";
import { createContext, useCallback, useContext, useMemo, type ReactNode } from "react";

interface Person {
  readonly id: string;
  readonly name: string;
}

const SharedNames = createContext<ReadonlySet<string>>(new Set());

const idPrefix = "guest-";
/** Shown characters of an id: enough that nobody can find a token whose id begins like another guest's. */
const shownOfId = 8;
const separator = "\n";

/** Finds the names that several people of a session have: its authors, and those who are here. */
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
  // A text, because rows are rendered again only when the content differs.
  const shared = useMemo(
    () => sharedNames([...authorsOf(session, keys), ...here, ...(me ? [me] : [])]).join(separator),
    [session, keys, here, me],
  );
  const names = useMemo(() => new Set(shared.split(separator)), [shared]);
  return <SharedNames value={names}>{children}</SharedNames>;
}

/**
 * The name to show for a person. Two people with the same name are told apart by the beginning of their ids.
 */
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

/** Names that look alike to a hasty reader are the same. */
function fold(name: string): string {
  return name
    .normalize("NFKD")
    .replaceAll(/[\p{M}\p{Z}\p{C}]/gu, "")
    .toLowerCase();
}
