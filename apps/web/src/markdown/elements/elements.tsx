/** The elements of an answer and their classes. The names of the parts and the classes are Streamdown's. */
import { createElement, Fragment, type ReactNode } from "react";
import { CodeBlock } from "./code-block.tsx";
import { MarkdownImage } from "./markdown-image.tsx";
import { MarkdownLink } from "./markdown-link.tsx";
import { MarkdownTable } from "./markdown-table.tsx";
import { isCode, type Element, type Properties, type TreeNode } from "../parser/tree/unit.ts";

export interface Surroundings {
  /** Makes the ids of this message differ from those of other messages. */
  readonly idPrefix: string;
  readonly isWriting: boolean;
}

interface Look {
  /** The element, if it differs from the tag. */
  readonly tag?: string;
  readonly part?: string;
  readonly className: string;
}

const looks: Readonly<Record<string, Look>> = {
  blockquote: {
    part: "blockquote",
    className: "my-4 border-muted-foreground/30 border-l-4 pl-4 text-muted-foreground italic",
  },
  code: { part: "inline-code", className: "rounded bg-muted px-1.5 py-0.5 font-mono text-sm" },
  h1: { part: "heading-1", className: "mt-6 mb-2 font-semibold text-3xl" },
  h2: { part: "heading-2", className: "mt-6 mb-2 font-semibold text-2xl" },
  h3: { part: "heading-3", className: "mt-6 mb-2 font-semibold text-xl" },
  h4: { part: "heading-4", className: "mt-6 mb-2 font-semibold text-lg" },
  h5: { part: "heading-5", className: "mt-6 mb-2 font-semibold text-base" },
  h6: { part: "heading-6", className: "mt-6 mb-2 font-semibold text-sm" },
  hr: { part: "horizontal-rule", className: "my-6 border-border" },
  li: { part: "list-item", className: "py-1 [&>p]:inline" },
  ol: { part: "ordered-list", className: "list-inside list-decimal whitespace-normal [li_&]:pl-6" },
  strong: { tag: "span", part: "strong", className: "font-semibold" },
  sup: { part: "superscript", className: "text-sm" },
  tbody: { part: "table-body", className: "divide-y divide-border" },
  td: { part: "table-cell", className: "px-4 py-2 text-sm" },
  th: { part: "table-header-cell", className: "whitespace-nowrap px-4 py-2 text-left font-semibold text-sm" },
  thead: { part: "table-header", className: "bg-muted/80" },
  tr: { part: "table-row", className: "border-border" },
  ul: { part: "unordered-list", className: "list-inside list-disc whitespace-normal [li_&]:pl-6" },
};

/** The other elements that are allowed: those of an answer without a look, and those of formulas. */
const bare = new Set(
  [
    "br del em input p section span",
    "annotation math menclose merror mfrac mi mn mo mover mpadded mphantom mroot mrow ms mspace msqrt mstyle",
    "msub msubsup msup mtable mtd mtext mtr munder munderover semantics",
    "line path svg",
  ].flatMap((names) => names.split(" ")),
);
const empty = new Set(["br", "hr", "input"]);

export function render(node: TreeNode, surroundings: Surroundings, key?: number): ReactNode {
  if (typeof node === "string") return node;
  if (isCode(node)) return <CodeBlock key={key} code={node} isWriting={surroundings.isWriting} />;
  return renderElement(node, surroundings, key);
}

function renderElement(element: Element, surroundings: Surroundings, key: number | undefined): ReactNode {
  const [tag, own] = element;
  const properties = withIds(own, surroundings.idPrefix);
  if (tag === "img") return <MarkdownImage key={key} {...properties} />;
  const children = childrenOf(element).map((child, index) => render(child, surroundings, index));
  if (tag === "a")
    return (
      <MarkdownLink key={key} {...properties} idPrefix={surroundings.idPrefix}>
        {children}
      </MarkdownLink>
    );
  if (tag === "table")
    return (
      <MarkdownTable key={key} isWriting={surroundings.isWriting}>
        {children}
      </MarkdownTable>
    );
  if (tag === "p" && isImageOnly(element)) return <Fragment key={key}>{children}</Fragment>;
  const look = looks[tag];
  if (!look && !bare.has(tag)) return <Fragment key={key}>{children}</Fragment>;
  return createElement(
    look?.tag ?? tag,
    { ...properties, key, ...lookOf(look, properties) },
    ...(empty.has(tag) ? [] : children),
  );
}

function lookOf(look: Look | undefined, properties: Properties | null): Properties | null {
  if (!look) return null;
  const own = properties?.["className"];
  const className = typeof own === "string" ? `${look.className} ${own}` : look.className;
  return look.part === undefined ? { className } : { className, "data-streamdown": look.part };
}

/** An item with one paragraph is rendered without the paragraph. */
function childrenOf([tag, , children]: Element): readonly TreeNode[] {
  if (tag !== "li") return children;
  const [only, ...others] = children.filter((child) => child !== "\n");
  return others.length === 0 && isElement(only, "p") ? only[2] : children;
}

function isImageOnly([, , children]: Element): boolean {
  const [only, ...others] = children.filter((child) => child !== "");
  return others.length === 0 && isElement(only, "img");
}

function isElement(node: TreeNode | undefined, tag: string): node is Element {
  return node !== undefined && typeof node !== "string" && !isCode(node) && node[0] === tag;
}

/** Two messages may have a footnote with the same name. */
function withIds(properties: Properties | null, prefix: string): Properties | null {
  if (!properties) return null;
  const changed: Record<string, Properties[string]> = { ...properties };
  for (const name of ["id", "aria-describedby"])
    if (typeof changed[name] === "string") changed[name] = `${prefix}${changed[name]}`;
  return changed;
}
