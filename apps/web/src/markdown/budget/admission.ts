/**
 * Shows a little at a time. Cheap parts are shown at once. The rest comes in turns, as many parts in each
 * task as fit in, so a page with a very long message stays usable.
 */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { bounds } from "./bounds.ts";

let leftMicros: number = bounds.taskMicros;
let isRefillDue = false;

/** @returns whether so much may be shown in the present task */
function take(micros: number): boolean {
  if (!isRefillDue) {
    isRefillDue = true;
    setTimeout(() => {
      isRefillDue = false;
      leftMicros = bounds.taskMicros;
    });
  }
  if (micros > leftMicros) return false;
  leftMicros -= micros;
  return true;
}

type Admit = () => void;

/** The components that wait to show more, in turn. */
const waiting = new Set<Admit>();
let isScheduled = false;

function wait(admit: Admit): () => void {
  waiting.add(admit);
  schedule();
  return () => void waiting.delete(admit);
}

function schedule(): void {
  if (isScheduled || waiting.size === 0) return;
  isScheduled = true;
  setTimeout(() => {
    isScheduled = false;
    const end = performance.now() + bounds.sliceMs;
    do {
      const [admit] = waiting;
      if (!admit) return;
      waiting.delete(admit);
      admit();
    } while (performance.now() < end);
    schedule();
  });
}

/**
 * How many of the parts may be shown now. The number grows until all are shown.
 * @param costs of the parts, in estimated microseconds
 */
export function useAdmitted(costs: readonly number[], element: RefObject<HTMLElement | null>): number {
  const [admitted, setAdmitted] = useState(() => admittedAtOnce(costs, 0));
  const latest = useRef(costs);
  latest.current = costs;
  const isMore = admitted < costs.length;
  useLayoutEffect(() => {
    if (!isMore) return;
    const atOnce = admittedAtOnce(latest.current, admitted);
    if (atOnce > admitted) return setAdmitted(atOnce);
    return wait(() => {
      // The part is rendered and laid out before the clock is read again.
      flushSync(() => setAdmitted(admitted + 1));
      void element.current?.offsetHeight;
    });
  }, [admitted, isMore, element]);
  return Math.min(admitted, costs.length);
}

function admittedAtOnce(costs: readonly number[], from: number): number {
  let count = from;
  while (count < costs.length && take(costs[count] ?? 0)) count++;
  return count;
}
