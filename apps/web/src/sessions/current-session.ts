import { useClient } from "@natter/client/react";
import { useCallback, useEffect, useState } from "react";
import { useSearchParams } from "wouter";

const parameter = "session";

/** Where a session is; whoever has this link is in it. */
export function linkTo(sessionId: string): string {
  return new URL(`/?${parameter}=${encodeURIComponent(sessionId)}`, location.href).href;
}

interface CurrentSession {
  readonly sessionId: string;
  readonly open: (sessionId: string) => void;
  readonly begin: () => void;
}

/** The session in the page's address. Without one there a new one begins. */
export function useCurrentSession(): CurrentSession {
  const client = useClient();
  const [parameters, setParameters] = useSearchParams();
  const [fresh] = useState(() => client.session().id);
  const inAddress = parameters.get(parameter);
  useEffect(() => {
    if (!inAddress) setParameters({ [parameter]: fresh }, { replace: true });
  }, [inAddress, fresh, setParameters]);
  const open = useCallback((sessionId: string) => setParameters({ [parameter]: sessionId }), [setParameters]);
  const begin = useCallback(() => open(client.session().id), [client, open]);
  return { sessionId: inAddress || fresh, open, begin };
}
