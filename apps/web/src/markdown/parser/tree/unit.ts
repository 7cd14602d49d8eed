/** What the page shows of a text: data and nothing else, each part of it so small that it can be shown at once. */

/** CSS properties, with React's names. */
export type Style = Readonly<Record<string, string>>;

export type Properties = Readonly<Record<string, string | number | boolean | Style>>;

export type Element = readonly [tag: string, properties: Properties | null, children: readonly TreeNode[]];

/** Some lines of code. `spans` are pairs of a number of characters and the index of their style. */
export interface CodeChunk {
  readonly text: string;
  readonly spans: readonly number[];
  readonly styles: readonly Style[];
}

/** A block of code, in chunks that are shown one after another. Joined, they are the code. */
export interface Code {
  readonly language: string;
  readonly chunks: readonly CodeChunk[];
}

export type TreeNode = string | Element | Code;

/** What is shown at once: an element with its content, or plain text. */
export type Unit =
  | {
      readonly kind: "tree";
      readonly node: TreeNode;
      readonly direction: "ltr" | "rtl";
      readonly nodes: number;
      /** Estimated time to show it. */
      readonly micros: number;
    }
  | { readonly kind: "plain"; readonly text: string; readonly micros: number };

export function isCode(node: TreeNode): node is Code {
  return typeof node === "object" && "language" in node;
}
