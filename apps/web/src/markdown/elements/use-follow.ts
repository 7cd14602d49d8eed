import { useEffect, useLayoutEffect, useRef, type RefObject } from "react";

const nearEndPixels = 8;

/** Keeps the end of a box in view while its content grows, unless the person scrolled away. */
export function useFollow<Box extends HTMLElement>(
  isWriting: boolean,
  content: unknown,
): RefObject<Box | null> {
  const box = useRef<Box>(null);
  const isAtEnd = useRef(true);
  useEffect(() => {
    const element = box.current;
    if (!element || !isWriting) return;
    const look = (): void => {
      isAtEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight < nearEndPixels;
    };
    element.addEventListener("scroll", look, { passive: true });
    return () => element.removeEventListener("scroll", look);
  }, [isWriting]);
  useLayoutEffect(() => {
    const element = box.current;
    if (element && isWriting && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [isWriting, content]);
  return box;
}
