/** Reads markdown as models write it, into a tree of HTML's elements. HTML in it is text. */
import type { Nodes } from "hast";
import type { Root } from "mdast";
import { fromMarkdown } from "mdast-util-from-markdown";
import { gfmFromMarkdown } from "mdast-util-gfm";
import { mathFromMarkdown } from "mdast-util-math";
import { toHast } from "mdast-util-to-hast";
import { cjkFriendlyExtension } from "micromark-extension-cjk-friendly";
import { gfmStrikethroughCjkFriendly } from "micromark-extension-cjk-friendly-gfm-strikethrough";
import { gfm } from "micromark-extension-gfm";
import { math } from "micromark-extension-math";
import { visit } from "unist-util-visit";
import { bracketMathNodes, bracketMathSyntax } from "./bracket-math.ts";
import { cutLinks, endingLinks } from "./link-ends.ts";
import { rangeSyntax } from "./range.ts";

const extensions = [
  // `**강조**는`: emphasis ends before a particle.
  cjkFriendlyExtension(),
  endingLinks(gfm()),
  gfmStrikethroughCjkFriendly(),
  rangeSyntax,
  math({ singleDollarTextMath: false }),
  bracketMathSyntax,
];
const mdastExtensions = [gfmFromMarkdown(), mathFromMarkdown(), bracketMathNodes];

export function readMarkdown(source: string): Nodes {
  const tree = fromMarkdown(source, { extensions, mdastExtensions });
  cutLinks(tree, source);
  showHtml(tree);
  return toHast(tree);
}

const lineBreak = /^<br\s*\/?>$/i;

/**
 * Turns HTML into text. A line break in a cell of a table stays one, since markdown has no other way to write
 * it.
 */
function showHtml(tree: Root): void {
  visit(tree, "tableCell", (cell) => {
    visit(cell, "html", ({ value }, index, parent) => {
      if (parent && index !== undefined && lineBreak.test(value)) parent.children[index] = { type: "break" };
    });
  });
  visit(tree, "html", ({ value }, index, parent) => {
    if (parent && index !== undefined) parent.children[index] = { type: "text", value };
  });
}
