import { useConnection, useOutbox } from "@natter/client/react";
import type { ConnectionSnapshot, Session } from "@natter/client";
import { useEffect, useState, type ReactNode } from "react";
import { reasonOf } from "../interface/reason.ts";
import type { Translate } from "../locale/translate.ts";
import { useText } from "../locale/use-text.ts";

/** The pill does not show an interruption that is shorter. */
const patienceMs = 800;

/** Shows that the connection is down, what happens next, and a button to reconnect now. */
export function ConnectionPill({ session }: { readonly session: Session }): ReactNode {
  const connection = useConnection(session);
  const isTroubled = useSettled(connection.state !== "online", patienceMs);
  return (
    <>
      <SpokenState connection={connection} isTroubled={isTroubled} />
      {isTroubled && <Pill session={session} connection={connection} />}
    </>
  );
}

interface StateProperties {
  readonly connection: ConnectionSnapshot;
}

/** For a screen reader: each change of the state once, without the countdown. */
function SpokenState({
  connection,
  isTroubled,
}: StateProperties & { readonly isTroubled: boolean }): ReactNode {
  const text = useText();
  const [wasTroubled, setWasTroubled] = useState(false);
  useEffect(() => setWasTroubled((was) => was || isTroubled), [isTroubled]);
  return (
    <p role="status" className="sr-only">
      {isTroubled ? describe(connection, 0, text) : wasTroubled && text("connection.online")}
    </p>
  );
}

function Pill({ session, connection }: StateProperties & { readonly session: Session }): ReactNode {
  const text = useText();
  const { waiting } = useOutbox(session);
  const seconds = useCountdown(connection.nextAttemptAt);
  const isFinal = connection.state === "closed";
  return (
    <div
      className={`pointer-events-auto flex min-w-0 items-center gap-2 rounded-full px-3 py-1.5 text-xs shadow-raised ${isFinal ? "bg-alarm-ground text-alarm" : "bg-notice-ground text-ink"}`}
      data-testid="connection"
    >
      <span aria-hidden className={`size-2 rounded-full ${isFinal ? "bg-alarm" : "waiting-dot bg-edge"}`} />
      <span className="truncate">{describe(connection, seconds, text)}</span>
      {waiting > 0 && <span className="shrink-0">· {text("connection.waiting", { count: waiting })}</span>}
      {(connection.state === "reconnecting" || connection.state === "offline") && (
        <button
          type="button"
          className="shrink-0 font-semibold underline"
          onClick={() => session.reconnectNow()}
        >
          {text("connection.tryNow")}
        </button>
      )}
    </div>
  );
}

function describe({ state, error }: ConnectionSnapshot, seconds: number, text: Translate): string {
  if (state === "closed" && error) return reasonOf(error, text);
  if (state === "reconnecting" && seconds > 0) return text("connection.reconnectingIn", { seconds });
  return text(`connection.${state}`);
}

/** True once `value` has been true for `ms`. */
function useSettled(value: boolean, ms: number): boolean {
  const [isSettled, setSettled] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), value ? ms : 0);
    return () => clearTimeout(timer);
  }, [value, ms]);
  return isSettled && value;
}

/** Whole seconds until `at`, an instant of `Date.now()`. */
function useCountdown(at: number | undefined): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (at === undefined) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [at]);
  return at === undefined ? 0 : Math.max(0, Math.ceil((at - now) / 1_000));
}
