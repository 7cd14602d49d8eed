/** Formulas as elements. KaTeX writes HTML, which is parsed again: the page never inserts HTML. */
import { renderToString } from "katex";
import { bounds } from "../../budget/bounds.ts";
import type { Element, Properties, Style, TreeNode } from "./unit.ts";

/** The formula, or its source if it is invalid or too large. */
export function mathTree(source: string, { isDisplayed }: { readonly isDisplayed: boolean }): TreeNode[] {
  if (source.length > bounds.formulaCharacters) return [sourceOf(source)];
  try {
    const markup = renderToString(source, {
      displayMode: isDisplayed,
      throwOnError: true,
      strict: "ignore",
      maxSize: 50,
      trust: false,
    });
    return takeApart(markup) ?? [sourceOf(source)];
  } catch {
    return [sourceOf(source)];
  }
}

function sourceOf(source: string): TreeNode {
  return ["span", { className: "katex-error", style: { color: "var(--soft)" } }, [source]];
}

const part = /<(\/?)([a-zA-Z]+)((?:\s+[\w:-]+=(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|[^<]+|</g;
const attribute = /([\w:-]+)=(?:"([^"]*)"|'([^']*)')/g;

interface OpenElement {
  readonly tag: string;
  readonly properties: Properties | null;
  readonly children: TreeNode[];
}

function takeApart(markup: string): TreeNode[] | undefined {
  const root: OpenElement = { tag: "", properties: null, children: [] };
  const open = [root];
  let nodes = 0;
  for (const [whole, isClosing, tag, attributes = "", isEmpty] of markup.matchAll(part)) {
    const parent = open.at(-1) ?? root;
    if (tag === undefined) {
      parent.children.push(unescaped(whole));
      continue;
    }
    if (isClosing !== "") {
      const { tag: closed, properties, children } = open.pop() ?? root;
      open.at(-1)?.children.push([closed, properties, children]);
      continue;
    }
    if (++nodes > bounds.formulaNodes || open.length > bounds.formulaDepth) return undefined;
    const properties = propertiesOf(attributes);
    if (isEmpty === "") open.push({ tag, properties, children: [] });
    else parent.children.push([tag, properties, []] satisfies Element);
  }
  return open.length === 1 ? root.children : undefined;
}

/** The attributes that KaTeX writes, and their names in React. Others are dropped. */
const names: Readonly<Record<string, string>> = {
  class: "className",
  style: "style",
  "aria-hidden": "aria-hidden",
  ...Object.fromEntries(
    [
      ..."accent accentunder columnalign columnlines columnspacing d depth display displaystyle encoding fence".split(
        " ",
      ),
      ..."frame framespacing height linethickness lspace mathbackground mathcolor mathsize mathvariant maxsize".split(
        " ",
      ),
      ..."minsize movablelimits notation preserveAspectRatio rowlines rowspacing rspace scriptlevel separator".split(
        " ",
      ),
      ..."side stretchy symmetric viewBox voffset width x1 x2 y1 y2".split(" "),
      "stroke-width",
    ].map((name) => [name, name === "stroke-width" ? "strokeWidth" : name]),
  ),
};

function propertiesOf(attributes: string): Properties | null {
  const properties: Record<string, string | Style> = {};
  for (const [, name = "", double, single] of attributes.matchAll(attribute)) {
    const known = Object.hasOwn(names, name) ? names[name] : undefined;
    const value = unescaped(double ?? single ?? "");
    if (known !== undefined) properties[known] = known === "style" ? styleOf(value) : value;
  }
  return Object.keys(properties).length === 0 ? null : properties;
}

function styleOf(css: string): Style {
  const pairs = css.split(";").flatMap((rule) => {
    const [name = "", ...value] = rule.split(":");
    if (value.length === 0) return [];
    return [
      [name.trim().replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase()), value.join(":").trim()],
    ];
  });
  return Object.fromEntries(pairs) as Style;
}

const entities: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
};

function unescaped(text: string): string {
  return text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => entities[entity] ?? entity);
}
