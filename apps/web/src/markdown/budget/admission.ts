/**
 * Shows a little at a time. What is cheap is shown at once; beyond that, the parts of everything that is to be shown come in turn, each
 * task as many as fit in, so that a page with a very long message on it can still be used.
 */
import { useLayoutEffect, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { bounds } from "./bounds.ts";

let leftMicros: number = bounds.taskMicros;
let isRefillDue = false;

/** @returns whether this much may be shown in the present task */
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

/** Whoever waits to show more, in turn. */
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
 * How many of the parts may be shown now; more and more of them until all are.
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
      // A part is shown and laid out before the clock is looked at again.
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
