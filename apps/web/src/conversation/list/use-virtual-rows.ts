import type { Session } from "@natter/client";
import { useHistory, useMessages } from "@natter/client/react";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useState, type RefObject } from "react";

const estimatedRowPixels = 112;
/** A reader who is this near to the end is at the end: the view follows new messages. */
const atEndPixels = 64;
const topPixels = 56;
const bottomPixels = 24;

export type Rows = Virtualizer<HTMLDivElement, HTMLLIElement>;

/** The rows of a session's messages. Only those near the view are in the page. */
export function useVirtualRows(
  session: Session,
  scroller: RefObject<HTMLDivElement | null>,
): { readonly rows: Rows; readonly isAtEnd: boolean } {
  const keys = useMessages(session);
  const { hasNewer } = useHistory(session);
  const [isAtEnd, setAtEnd] = useState(true);
  // The page that completes the list comes below what the reader looks at. The view does not follow it.
  const hadNewer = useRef(hasNewer);
  useEffect(() => void (hadNewer.current = hasNewer), [hasNewer]);
  const rows: Rows = useVirtualizer({
    count: keys.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => estimatedRowPixels,
    getItemKey: (index) => keys[index] ?? index,
    anchorTo: "end",
    followOnAppend: !hasNewer && !hadNewer.current,
    scrollEndThreshold: atEndPixels,
    paddingStart: topPixels,
    paddingEnd: hasNewer ? topPixels : bottomPixels,
    overscan: 6,
    onChange: (instance) => setAtEnd(instance.isAtEnd(atEndPixels)),
  });
  return { rows, isAtEnd };
}
