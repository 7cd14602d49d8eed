import { isCode, type Element, type TreeNode } from "./unit.ts";

const rightToLeft = /[\u0590-\u08FF\uFB1D-\uFDFF\uFE70-\uFEFC]/;
const letter = /\p{L}/u;
/** Letters that are counted. */
const lookedAt = 2_000;

/**
 * The direction of most of its letters. If both directions have as many, the first letter decides. Code and
 * formulas do not count.
 */
export function directionOf(node: TreeNode): "ltr" | "rtl" {
  const count = { ltr: 0, rtl: 0 };
  let first: "ltr" | "rtl" | undefined;
  for (const text of prose(node)) {
    for (const character of text) {
      if (count.ltr + count.rtl > lookedAt) break;
      const direction = rightToLeft.test(character) ? "rtl" : letter.test(character) ? "ltr" : undefined;
      if (direction === undefined) continue;
      first ??= direction;
      count[direction]++;
    }
  }
  if (count.ltr === count.rtl) return first ?? "ltr";
  return count.rtl > count.ltr ? "rtl" : "ltr";
}

function* prose(node: TreeNode): Generator<string, void, undefined> {
  if (typeof node === "string") yield node;
  else if (!isCode(node) && !isFormula(node)) for (const child of node[2]) yield* prose(child);
}

function isFormula([tag, properties]: Element): boolean {
  return tag === "code" || properties?.["className"] === "katex";
}
