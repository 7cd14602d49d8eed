import { createClient, type NatterClient } from "@natter/client";
import { NatterProvider } from "@natter/client/react";
import { createContext, useContext, useMemo, useState, type ReactNode } from "react";
import { locale, type Language } from "../locale/locale.ts";
import { readStored, writeStored } from "../preferences/stored.ts";
import { coinName } from "./guest-name.ts";

interface Guest {
  readonly name: string;
  /** Says the new name from now on. It connects anew: a connection has one name. */
  readonly rename: (name: string) => void;
}

const GuestContext = createContext<Guest>({ name: "", rename: () => undefined });

export function useGuest(): Guest {
  return useContext(GuestContext);
}

/** Whoever opens the page is somebody: a cookie says who, and a name that they can change. */
export function GuestProvider({ children }: { readonly children: ReactNode }): ReactNode {
  const [{ name, client }, setGuest] = useState(enter);
  const guest = useMemo(
    () => ({
      name,
      rename(next: string) {
        writeStored("name", next);
        client.close();
        setGuest(enter());
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

function enter(): { name: string; client: NatterClient } {
  const name = readStored("name") ?? coinName(locale.language as Language);
  writeStored("name", name);
  return { name, client: createClient({ name }) };
}
