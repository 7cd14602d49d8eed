import { GrowingText, type TextParts } from "../../src/markdown/parser/growing-text.ts";
import { Highlighter } from "../../src/markdown/parser/highlighter.ts";
import { isCode, type Element, type TreeNode, type Unit } from "../../src/markdown/parser/tree/unit.ts";

const highlighter = new Highlighter(() => undefined);

export function growingText(): GrowingText {
  return new GrowingText(highlighter);
}

/** Reads a text as far as it can be read without waiting. */
export function readText(text: string, parts: Partial<TextParts> = {}): readonly Unit[] {
  const growing = growingText();
  readOn(growing, text, parts);
  return growing.units;
}

export function readOn(growing: GrowingText, text: string, parts: Partial<TextParts> = {}): void {
  growing.set({ text, isWriting: false, slow: new Set(), ...parts });
  while (!growing.isDone) growing.readNext();
}

export function elements(units: readonly Unit[], tag: string): Element[] {
  return units.flatMap((unit) => (unit.kind === "tree" ? within(unit.node, tag) : []));
}

function within(node: TreeNode, tag: string): Element[] {
  if (typeof node === "string" || isCode(node)) return [];
  const inside = node[2].flatMap((child) => within(child, tag));
  return node[0] === tag ? [node, ...inside] : inside;
}

/** The text of the units, without markup. */
export function textOf(node: TreeNode): string {
  if (typeof node === "string") return node;
  if (isCode(node)) return node.chunks.map(({ text }) => text).join("");
  return node[2].map((child) => textOf(child)).join("");
}

export function textOfUnits(units: readonly Unit[]): string {
  return units.map((unit) => (unit.kind === "plain" ? unit.text : textOf(unit.node))).join("\n");
}
