/** Hooks over the stores of a client. Each one re-renders only when what it returns has changed. */
import {
  createContext,
  createElement,
  useCallback,
  useContext,
  useEffect,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import type { User } from "@natter/protocol/plain";
import type { NatterClient, SessionListSnapshot } from "./client.ts";
import type { Session, SessionEvents } from "./session.ts";
import type {
  ConnectionSnapshot,
  DetailsSnapshot,
  HistorySnapshot,
  Message,
  SessionSnapshot,
} from "./snapshots.ts";

const ClientContext = createContext<NatterClient | undefined>(undefined);

/** Gives `client` to the hooks below it. It is not closed with the component: it was not made here. */
export function NatterProvider(properties: { client: NatterClient; children?: ReactNode }): ReactNode {
  return createElement(ClientContext.Provider, { value: properties.client }, properties.children);
}

/** @throws if there is no `NatterProvider` above */
export function useClient(): NatterClient {
  const client = useContext(ClientContext);
  if (!client) throw new Error("useClient needs a NatterProvider above it");
  return client;
}

/** The session, open while the component is there. Several components may use the same one. */
export function useSession(sessionId: string): Session {
  const session = useClient().session(sessionId);
  useEffect(() => session.retain(), [session]);
  return session;
}

/** Keys of the messages in their order; those that are not stored yet come last. */
export function useMessages(session: Session): readonly string[] {
  return usePart(session, ({ keys }) => keys);
}

/** One message; only this one's changes re-render. */
export function useMessage(session: Session, key: string): Message | undefined {
  const subscribe = useCallback(
    (listener: () => void) => session.subscribeMessage(key, listener),
    [session, key],
  );
  const read = (): Message | undefined => session.getMessage(key);
  return useSyncExternalStore(subscribe, read, read);
}

export function useConnection(session: Session): ConnectionSnapshot {
  return usePart(session, ({ connection }) => connection);
}

export function useHistory(session: Session): HistorySnapshot {
  return usePart(session, ({ history }) => history);
}

export function useDetails(session: Session): DetailsSnapshot {
  return usePart(session, ({ details }) => details);
}

/** Who this client is; `undefined` until the server has said so. */
export function useMe(session: Session): User | undefined {
  return usePart(session, ({ me }) => me);
}

/** Who is here. */
export function usePresence(session: Session): readonly User[] {
  return usePart(session, ({ users }) => users);
}

/** Who else types. */
export function useTyping(session: Session): readonly User[] {
  return usePart(session, ({ typing }) => typing);
}

/** Ids of the answers that can be stopped. */
export function useRunning(session: Session): readonly string[] {
  return usePart(session, ({ running }) => running);
}

/** By user id: the last message that this user has seen, and who that is. */
export function useReadMarks(session: Session): SessionSnapshot["readMarks"] {
  return usePart(session, ({ readMarks }) => readMarks);
}

/** How much waits to be sent, and how many messages were refused. */
export function useOutbox(session: Session): SessionSnapshot["outbox"] {
  return usePart(session, ({ outbox }) => outbox);
}

/** Any part of a session's snapshot. `select` has to return a part, not something that it makes. */
export function usePart<T>(session: Session, select: (snapshot: SessionSnapshot) => T): T {
  const read = (): T => select(session.getSnapshot());
  return useSyncExternalStore(session.subscribe, read, read);
}

/** The caller's sessions; loaded when the first component asks for them. */
export function useSessions(): SessionListSnapshot {
  const { sessions } = useClient();
  useEffect(() => {
    if (sessions.getSnapshot().state === "idle") sessions.refresh().catch(() => undefined);
  }, [sessions]);
  return useSyncExternalStore(sessions.subscribe, sessions.getSnapshot, sessions.getSnapshot);
}

/** Calls `listener` on an event of the session. It may change with every render. */
export function useSessionEvent<T extends keyof SessionEvents>(
  session: Session,
  event: T,
  listener: (value: SessionEvents[T]) => void,
): void {
  useEffect(() => session.on(event, listener), [session, event, listener]);
}
