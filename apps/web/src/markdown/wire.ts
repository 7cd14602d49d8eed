/** What the parser says to the page. Data and nothing else, each part of it so small that it can be shown at once. */

/** What of CSS an element has, in React's spelling. */
export type Style = Readonly<Record<string, string>>;

export type Properties = Readonly<Record<string, string | number | boolean | Style>>;

export type Element = readonly [tag: string, properties: Properties | null, children: readonly TreeNode[]];

/** Some lines of code. `spans` are pairs: so many characters have the style of that number. */
export interface CodeChunk {
  readonly text: string;
  readonly spans: readonly number[];
  readonly styles: readonly Style[];
}

/** A block of code, in chunks that are shown one after another. Joined they are the code. */
export interface Code {
  readonly language: string;
  readonly chunks: readonly CodeChunk[];
}

export type TreeNode = string | Element | Code;

/** What is shown at once: something with its markup, or text as it is. */
export type Unit =
  | {
      readonly kind: "tree";
      readonly node: TreeNode;
      readonly direction: "ltr" | "rtl";
      readonly nodes: number;
      /** What showing it costs, estimated. */
      readonly micros: number;
    }
  | { readonly kind: "plain"; readonly text: string; readonly micros: number };

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

export function isCode(node: TreeNode): node is Code {
  return typeof node === "object" && "language" in node;
}
