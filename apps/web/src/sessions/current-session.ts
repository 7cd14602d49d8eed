import { useClient } from "@natter/client/react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { useSearchParams } from "wouter";

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
  const [parameters, setParameters] = useSearchParams();
  const [fresh] = useState(() => client.session().id);
  const inAddress = parameters.get(parameter);
  useEffect(() => {
    if (!inAddress) setParameters({ [parameter]: fresh }, { replace: true });
  }, [inAddress, fresh, setParameters]);
  const sessionId = inAddress || fresh;
  const messageId = parameters.get(messageParameter) ?? "";
  const [visits, setVisits] = useState(0);
  const found = useMemo(
    () => (messageId === "" ? undefined : { messageId, visits }),
    // A person who opens the same hit again wants to see it again.
    [messageId, visits],
  );
  const open = useCallback(
    (wanted: string, message?: string) => {
      setVisits((count) => count + 1);
      setParameters({
        [parameter]: wanted,
        ...(message === undefined ? {} : { [messageParameter]: message }),
      });
    },
    [setParameters],
  );
  const leaveMessage = useCallback(() => {
    if (messageId !== "") setParameters({ [parameter]: sessionId }, { replace: true });
  }, [messageId, sessionId, setParameters]);
  const begin = useCallback(() => open(client.session().id), [client, open]);
  return { sessionId, found, open, leaveMessage, begin };
}
