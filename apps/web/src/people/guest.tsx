import { createClient, type NatterClient } from "@natter/client";
import { NatterProvider } from "@natter/client/react";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { currentLocale } from "../locale/locale.ts";
import { readStored, writeStored } from "../storage/stored.ts";
import { coinName } from "./guest-name.ts";
import { PageOutbox } from "../storage/page-outbox.ts";

interface Guest {
  readonly name: string;
  /** Uses the new name from now on. */
  readonly rename: (name: string) => void;
}

const GuestContext = createContext<Guest>({ name: "", rename: () => undefined });

export function useGuest(): Guest {
  return useContext(GuestContext);
}

/** The person at this page: a cookie identifies them, and they can change their name. */
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

/** A browser without cookies would be a new guest with each request. */
const guestToken = takesNothing() ? coinToken() : undefined;

/**
 * A browser that forbids a site to store anything forbids cookies and storage together. Only the storage
 * shows it.
 */
function takesNothing(): boolean {
  try {
    return !navigator.cookieEnabled || localStorage === undefined;
  } catch {
    return true;
  }
}

/**
 * Makes a token like the server's. The client makes one only where it knows that there are no cookies. It
 * does not export the function: every user of the client would load it for this one case.
 */
function coinToken(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_");
}

function enter(): { firstName: string; client: NatterClient } {
  const name = readStored("name") ?? coinName(currentLocale().language);
  writeStored("name", name);
  const outbox = new PageOutbox();
  return {
    firstName: name,
    client: createClient({ name, outbox, ...(guestToken === undefined ? {} : { guestToken }) }),
  };
}
