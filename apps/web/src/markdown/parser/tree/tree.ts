/**
 * Makes the tree that the page shows from the elements of a text. It contains only elements and properties
 * that the page knows, and no more than the page can show at once.
 */
import type { Element as HtmlElement, ElementContent, Nodes, Properties as HtmlProperties } from "hast";
import { bounds } from "../../budget/bounds.ts";
import { microsOfText } from "../../budget/pieces.ts";
import { isCode, type Code, type Properties, type TreeNode } from "./unit.ts";
import { mathTree } from "./math-tree.ts";
import { isSafeLink } from "./safe-link.ts";

export interface Tree {
  readonly node: TreeNode;
  readonly nodes: number;
  readonly micros: number;
}

/** Colours a block of code. */
export type ReadCode = (language: string, code: string) => Code;

/**
 * Measured, with React's work and the layout. An item has a marker, and the width of a cell is computed
 * twice.
 */
const microsOf: Readonly<Record<string, number>> = { li: 30, td: 20, th: 20, img: 60, pre: 600, math: 18 };
const microsOfOther = 10;

/** @returns `undefined` if it is too large to be shown at once */
export function treeOf(element: ElementContent, readCode: ReadCode): Tree | undefined {
  const builder = new Builder(readCode);
  const [node] = builder.build(element, 0);
  if (node === undefined || builder.isTooMuch()) return undefined;
  return { node, nodes: builder.nodes, micros: builder.micros };
}

/** The properties that each element may have, besides those that every element may have. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "title", "dataFootnoteRef", "dataFootnoteBackref", "ariaLabel", "ariaDescribedBy"],
  blockquote: [],
  br: [],
  code: [],
  del: [],
  em: [],
  h1: [],
  h2: [],
  h3: [],
  h4: [],
  h5: [],
  h6: [],
  hr: [],
  img: ["src", "alt", "title"],
  input: ["type", "checked", "disabled"],
  li: [],
  ol: ["start"],
  p: [],
  section: ["dataFootnotes"],
  strong: [],
  sup: [],
  table: [],
  tbody: [],
  td: ["align"],
  th: ["align"],
  thead: [],
  tr: [],
  ul: [],
};
const everywhere = ["id", "className"];

class Builder {
  nodes = 0;
  micros = 0;
  #isTooDeep = false;
  readonly #readCode: ReadCode;

  constructor(readCode: ReadCode) {
    this.#readCode = readCode;
  }

  isTooMuch(): boolean {
    return this.#isTooDeep || this.nodes > bounds.unitNodes || this.micros > bounds.unitMicros;
  }

  build(node: ElementContent, depth: number): TreeNode[] {
    if (depth > bounds.unitDepth) this.#isTooDeep = true;
    if (this.isTooMuch()) return [];
    if (node.type === "text") return this.#text(node.value);
    if (node.type !== "element") return [];
    const properties = allowed[node.tagName];
    if (node.tagName === "pre") return this.#block(node);
    if (isMath(node)) return this.#math(textOf(node), has(node, "math-display"));
    if (!properties) return this.#children(node, depth);
    this.#count(node.tagName);
    const own = propertiesOf(node.properties, properties);
    return [[node.tagName, own, this.#children(node, depth)]];
  }

  #children(element: HtmlElement, depth: number): TreeNode[] {
    return element.children.flatMap((child) => this.build(child, depth + 1));
  }

  #text(text: string): TreeNode[] {
    this.micros += microsOfText(text) + 1;
    return [text];
  }

  #count(tag: string): void {
    this.nodes++;
    this.micros += microsOf[tag] ?? microsOfOther;
  }

  #block(pre: HtmlElement): TreeNode[] {
    const [code] = pre.children;
    if (code?.type !== "element") return [];
    if (isMath(code)) return this.#math(textOf(code), true);
    this.#count("pre");
    return [this.#readCode(languageOf(code), textOf(code).replace(/\n+$/, ""))];
  }

  #math(source: string, isDisplayed: boolean): TreeNode[] {
    const formula = mathTree(source, { isDisplayed });
    for (const node of formula) this.#countAll(node);
    return formula;
  }

  #countAll(node: TreeNode): void {
    if (typeof node === "string") this.micros += microsOfText(node);
    else if (!isCode(node)) {
      this.#count("math");
      for (const child of node[2]) this.#countAll(child);
    }
  }
}

function propertiesOf(properties: HtmlProperties, names: readonly string[]): Properties | null {
  const own: Record<string, Properties[string]> = {};
  for (const name of [...everywhere, ...names]) {
    const value = properties[name];
    if (value === undefined || value === null) continue;
    if (name === "href" && !isSafeLink(String(value))) continue;
    if (name === "align") own["style"] = { textAlign: String(value) };
    else own[attributeOf(name)] = Array.isArray(value) ? value.join(" ") : value;
  }
  return Object.keys(own).length === 0 ? null : own;
}

/** The property's name in React. */
function attributeOf(name: string): string {
  if (name === "ariaDescribedBy") return "aria-describedby";
  return /^(?:aria|data)[A-Z]/.test(name)
    ? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    : name;
}

function classesOf({ properties }: HtmlElement): readonly (string | number)[] {
  return Array.isArray(properties.className) ? properties.className : [];
}

function has(element: HtmlElement, name: string): boolean {
  return classesOf(element).includes(name);
}

function isMath(element: HtmlElement): boolean {
  return element.tagName === "code" && has(element, "language-math");
}

function languageOf(code: HtmlElement): string {
  const name = classesOf(code).find((known) => String(known).startsWith("language-"));
  return name === undefined ? "" : String(name).slice("language-".length);
}

function textOf(node: Nodes): string {
  if (node.type === "text") return node.value;
  return "children" in node ? node.children.map((child) => textOf(child)).join("") : "";
}
