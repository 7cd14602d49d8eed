/** Reads one block into units, each of which has a bound. */
import type { ElementContent, RootContent } from "hast";
import { bounds } from "../budget/bounds.ts";
import { cutPieces } from "../budget/pieces.ts";
import type { Code, Unit } from "./tree/unit.ts";
import type { Block } from "./blocks.ts";
import { completed, withComparisons } from "./syntax/complete.ts";
import { directionOf } from "./tree/direction.ts";
import { readMarkdown } from "./syntax/syntax.ts";
import { treeOf, type ReadCode } from "./tree/tree.ts";

/** Elements of a code block's frame, header and button. Its code is shown later. */
const nodesOfFrame = 12;
const microsOfCode = 600;
const tableRule = /^[^\n]*\n {0,3}\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*(?:\n|$)/;

export function plainUnits(text: string): Unit[] {
  return cutPieces(text).map((piece) => ({ kind: "plain", ...piece }));
}

export function codeUnit(code: Code): Unit {
  return { kind: "tree", node: code, direction: "ltr", nodes: nodesOf(code), micros: microsOfCode };
}

/** @param isLast whether its open markup is closed */
export function readBlock(
  block: Block,
  readCode: ReadCode,
  { isLast, isWriting }: { readonly isLast: boolean; readonly isWriting: boolean },
): Unit[] {
  const maxCharacters = tableRule.test(block.text) ? bounds.tableCharacters : bounds.blockCharacters;
  if (block.kind === "rest" || block.text.length > maxCharacters) return plainUnits(block.text);
  return readText(
    block,
    readCode,
    isLast ? completed(block.text, { isWriting }) : withComparisons(block.text),
  );
}

/** Reads a text as one, because it has footnotes or references. */
export function readWhole(text: string, readCode: ReadCode, isWriting: boolean): Unit[] {
  return readText({ start: 0, text, kind: "markdown" }, readCode, completed(text, { isWriting }));
}

function readText(block: Block, readCode: ReadCode, source: string): Unit[] {
  try {
    const tree = readMarkdown(source);
    const children = "children" in tree ? tree.children : [];
    return children.flatMap((child) => unitsOf(child, block, readCode, source));
  } catch {
    // It is nested too deeply for the stack.
    return plainUnits(block.text);
  }
}

function unitsOf(child: RootContent, block: Block, readCode: ReadCode, source: string): Unit[] {
  if (child.type !== "element" && child.type !== "text") return [];
  // Blanks between blocks. HTML is a block of text.
  if (child.type === "text" && child.value.trim() === "") return [];
  if (child.type === "element" && child.tagName === "ol" && block.listStart !== undefined)
    child.properties["start"] = block.listStart;
  const nodesOfCode = { count: 0 };
  const tree = treeOf(child, (language, text) => {
    const code = readCode(language, text);
    nodesOfCode.count += nodesOf(code);
    return code;
  });
  if (!tree) return plainUnits(sourceOf(child, source) ?? block.text);
  const { node, nodes, micros } = tree;
  return [{ kind: "tree", node, direction: directionOf(node), nodes: nodes + nodesOfCode.count, micros }];
}

function sourceOf({ position }: ElementContent, source: string): string | undefined {
  const from = position?.start.offset;
  const to = position?.end.offset;
  return from === undefined || to === undefined ? undefined : source.slice(from, to);
}

function nodesOf({ chunks }: Code): number {
  return chunks.reduce((sum, { spans }) => sum + 1 + spans.length / 2, nodesOfFrame);
}
