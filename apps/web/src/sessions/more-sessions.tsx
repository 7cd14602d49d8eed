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

/** So near to the last chat that is here the next ones are loaded. */
const loadAheadPixels = 600;

interface MoreSessionsProperties {
  /** What scrolls, with the chats in it. */
  readonly list: RefObject<HTMLElement | null>;
}

/**
 * What is below the last chat that is here, if there are more: they come when somebody scrolls or tabs near to it, or
 * searches, since a chat that is not here cannot be found by its title.
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
  /** How many chats are here, once more have come. */
  readonly count: number;
  /** Why the last try failed, until the list is another one. */
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

/** Says when the place is near to what is in view, and again when the list is another one and it still is. */
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

/** Whoever is on the button when chats come above it goes on with the first of them. */
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
