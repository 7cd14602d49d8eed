import { createClient, type NatterClient } from "@natter/client";
import { NatterProvider } from "@natter/client/react";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { locale, type Language } from "../locale/locale.ts";
import { readStored, writeStored } from "../storage/stored.ts";
import { coinName } from "./guest-name.ts";
import { PageOutbox } from "../storage/page-outbox.ts";

interface Guest {
  readonly name: string;
  /** Says the new name from now on. */
  readonly rename: (name: string) => void;
}

const GuestContext = createContext<Guest>({ name: "", rename: () => undefined });

export function useGuest(): Guest {
  return useContext(GuestContext);
}

/** Whoever opens the page is somebody: a cookie says who, and a name that they can change. */
export function GuestProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ client, firstName }] = useState(enter);
  const [name, setName] = useState(firstName);
  const guest = useMemo(
    () => ({
      name,
      rename(next: string) {
        writeStored("name", next);
        client.rename(next);
        setName(next);
      },
    }),
    [name, client],
  );
  return (
    <GuestContext value={guest}>
      <NatterProvider client={client}>{children}</NatterProvider>
    </GuestContext>
  );
}

/** A browser that takes no cookies would make somebody a new guest with each request. */
const guestToken = takesNothing() ? coinToken() : undefined;

/** Whoever forbids a site to keep anything forbids cookies and storage together; only the storage says so. */
function takesNothing(): boolean {
  try {
    return !navigator.cookieEnabled || localStorage === undefined;
  } catch {
    return true;
  }
}

/**
 * As the server makes them, and the client where it knows that there are no cookies. The client does not export its own: whoever
 * uses it would load that, and nobody but a page of its own server in such a browser needs it.
 */
function coinToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function enter(): { firstName: string; client: NatterClient } {
  const name = readStored("name") ?? coinName(locale.language as Language);
  writeStored("name", name);
  const outbox = new PageOutbox();
  return {
    firstName: name,
    client: createClient({ name, outbox, ...(guestToken === undefined ? {} : { guestToken }) }),
  };
}
