/** The messages between the page and the worker that parses. */

import type { Unit } from "./tree/unit.ts";

/** To the worker. */
export type ParserRequest =
  | {
      readonly kind: "read";
      readonly id: number;
      readonly text: string;
      /** More of the text will come, so open markup is read as if it were closed. */
      readonly isWriting: boolean;
      /** Offsets of blocks that took too long. They are not read again. */
      readonly slow: readonly number[];
    }
  | { readonly kind: "forget"; readonly id: number };

/** From the worker. */
export type ParserAnswer =
  /** The worker is loaded. */
  | { readonly kind: "ready" }
  /** The worker begins to read the block at `start`. If no answer follows, this block takes too long. */
  | { readonly kind: "at"; readonly id: number; readonly start: number }
  | {
      readonly kind: "units";
      readonly id: number;
      /** How many of the earlier units stay. */
      readonly unchanged: number;
      readonly units: readonly Unit[];
      /** More units follow in the next message. */
      readonly isCut: boolean;
      /** How many characters of the text are in the units. */
      readonly length: number;
      /** No answer comes until something is loaded or the text changes. */
      readonly isDone: boolean;
      /** No answer comes until the text changes: the colours are complete, too. */
      readonly isSettled: boolean;
    };

/** Stands for the whole text as one block, because it has references or footnotes. It is no offset. */
export const wholeText = -1;
