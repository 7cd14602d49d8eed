/** What the parser says to the page. Data and nothing else, each part of it so small that it can be shown at once. */

import type { Unit } from "./tree/unit.ts";

/** To the worker. */
export type ParserRequest =
  | {
      readonly kind: "read";
      readonly id: number;
      readonly text: string;
      /** More of it will come, so what is not closed yet is read as if it were. */
      readonly isWriting: boolean;
      /** Where blocks begin that took too long: they are not read again. */
      readonly slow: readonly number[];
    }
  | { readonly kind: "forget"; readonly id: number };

/** From the worker. */
export type ParserAnswer =
  /** It is here. */
  | { readonly kind: "ready" }
  /** It begins to read the block there. If nothing follows, this is the one that takes too long. */
  | { readonly kind: "at"; readonly id: number; readonly start: number }
  | {
      readonly kind: "units";
      readonly id: number;
      /** So many of the units before stay. */
      readonly kept: number;
      readonly units: readonly Unit[];
      /** More of them follow at once. */
      readonly isCut: boolean;
      /** So many characters of the text are in the units. */
      readonly length: number;
      /** Nothing comes for now. */
      readonly isDone: boolean;
      /** Nothing comes unless the text changes: colours are there, too. */
      readonly isSettled: boolean;
    };

/** The whole text, since references and footnotes are read with it. It is no place in the text. */
export const wholeText = -1;
