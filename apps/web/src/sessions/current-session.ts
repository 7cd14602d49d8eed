import { useClient } from "@natter/client/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { goTo, useParameters } from "./address.ts";

const parameter = "session";
const messageParameter = "message";

/** The link to a session. Everybody who has it can read and write there. */
export function linkTo(sessionId: string): string {
  return new URL(`/?${parameter}=${encodeURIComponent(sessionId)}`, location.href).href;
}

/** The message at which a session is opened. */
export interface FoundMessage {
  readonly messageId: string;
}

interface CurrentSession {
  readonly sessionId: string;
  /** A new object for each visit. */
  readonly found: FoundMessage | undefined;
  readonly open: (sessionId: string, messageId?: string) => void;
  /** Removes the message from the address. */
  readonly leaveMessage: () => void;
  readonly begin: () => void;
}

/**
 * The session in the page's address, and the message in it if there is one. Without a session a new one
 * begins.
 */
export function useCurrentSession(): CurrentSession {
  const client = useClient();
  const parameters = useParameters();
  const [fresh] = useState(() => client.session().id);
  const inAddress = parameters.get(parameter);
  useEffect(() => {
    if (!inAddress) goTo({ [parameter]: fresh }, { replace: true });
  }, [inAddress, fresh]);
  const sessionId = inAddress || fresh;
  const messageId = parameters.get(messageParameter) ?? "";
  const [visits, setVisits] = useState(0);
  const found = useMemo(
    () => (messageId === "" ? undefined : { messageId, visits }),
    // A person who opens the same hit again wants to see it again.
    [messageId, visits],
  );
  const open = useCallback((wanted: string, message?: string) => {
    setVisits((count) => count + 1);
    goTo({ [parameter]: wanted, ...(message === undefined ? {} : { [messageParameter]: message }) });
  }, []);
  const leaveMessage = useCallback(() => {
    if (messageId !== "") goTo({ [parameter]: sessionId }, { replace: true });
  }, [messageId, sessionId]);
  const begin = useCallback(() => open(client.session().id), [client, open]);
  return { sessionId, found, open, leaveMessage, begin };
}
