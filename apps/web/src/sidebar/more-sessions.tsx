import { useClient, useSessions } from "@natter/client/react";
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from "react";
import { reasonOf } from "../interface/reason.ts";
import { useText } from "../locale/use-text.ts";

/** More chats are loaded when the last one is this near. */
const loadAheadPixels = 600;

interface MoreSessionsProperties {
  /** The element that scrolls. */
  readonly list: RefObject<HTMLElement | null>;
}

/**
 * Stands below the last chat if there are more. They are loaded when somebody scrolls or tabs near, or
 * searches: a chat that is not loaded cannot be found by its title.
 */
export function MoreSessions({ list }: MoreSessionsProperties): ReactNode {
  const text = useText();
  const { hasMore } = useSessions();
  const { count, error, load } = useLoading();
  const place = useRef<HTMLDivElement>(null);
  useNearness({ list, place, isWanted: hasMore && error === undefined, reached: load });
  const focus = useKeptFocus(list);
  return (
    <div ref={place}>
      <p role="status" className="sr-only">
        {count > 0 && text("sessions.moreShown", { count })}
      </p>
      {error !== undefined && (
        <p role="alert" className="px-3 pt-3 text-sm">
          {text("sessions.moreFailed", { reason: reasonOf(error, text) })}
        </p>
      )}
      {(hasMore || focus.isHere) && (
        <button
          type="button"
          className="my-2 w-full rounded-lg px-3 py-2 text-left text-sm text-soft hover:bg-hover"
          onClick={load}
          onFocus={() => focus.setHere(true)}
          onBlur={() => focus.setHere(false)}
        >
          {text(error === undefined ? "sessions.more" : "sessions.tryAgain")}
        </button>
      )}
    </div>
  );
}

interface Loading {
  /** How many chats are loaded, once more have been loaded. */
  readonly count: number;
  /** Why the last attempt failed, until the list changes. */
  readonly error: unknown;
  readonly load: () => void;
}

function useLoading(): Loading {
  const { sessions: list } = useClient();
  const { sessions } = useSessions();
  const [count, setCount] = useState(0);
  const [failure, setFailure] = useState<{ readonly of: object; readonly error: unknown }>();
  const load = useCallback(() => {
    setFailure(undefined);
    list.loadMore().then(
      () => setCount(list.getSnapshot().sessions.length),
      (error: unknown) => setFailure({ of: list.getSnapshot().sessions, error }),
    );
  }, [list]);
  return { count, error: failure?.of === sessions ? failure.error : undefined, load };
}

interface Nearness {
  readonly list: RefObject<HTMLElement | null>;
  readonly place: RefObject<HTMLElement | null>;
  readonly isWanted: boolean;
  readonly reached: () => void;
}

/** Calls `reached` when the place is near to the view, and again after each change of the list. */
function useNearness({ list, place, isWanted, reached }: Nearness): void {
  const { sessions, state } = useSessions();
  useEffect(() => {
    if (!isWanted || state !== "loaded" || !place.current) return;
    const observer = new IntersectionObserver(
      (seen) => {
        if (seen.some(({ isIntersecting }) => isIntersecting)) reached();
      },
      { root: list.current, rootMargin: `${loadAheadPixels}px` },
    );
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [list, place, isWanted, reached, sessions, state]);
}

/** If the button has the focus when chats come above it, the first of them takes the focus. */
function useKeptFocus(list: RefObject<HTMLElement | null>): {
  readonly isHere: boolean;
  readonly setHere: (isHere: boolean) => void;
} {
  const { sessions } = useSessions();
  const [isHere, setHere] = useState(false);
  const before = useRef(0);
  useLayoutEffect(() => {
    const links = list.current?.querySelectorAll<HTMLElement>("li a") ?? [];
    if (isHere && links.length > before.current) links[before.current]?.focus();
    before.current = links.length;
  }, [list, sessions, isHere]);
  return { isHere, setHere };
}
