/**
 * Where an address that stands in a text ends. Languages that write without blanks put a particle or a full stop right behind it;
 * what it is made of itself has a script of its own.
 */
import type { Link, Root } from "mdast";
import type { Code, Construct, Effects, Extension, State } from "micromark-util-types";
import { SKIP, visit } from "unist-util-visit";

/** They are written without blanks between words. */
const scripts = "Hangul Hiragana Katakana Han Bopomofo Yi Thai Lao Khmer Myanmar Tibetan".split(" ");
/** Their punctuation, wide letters, pictures, blanks of no width, and quotation marks and brackets that are not ASCII's. Dashes and middle dots are in addresses. */
const follower = new RegExp(
  `[${scripts.map((name) => `\\p{Script=${name}}`).join("")}\\u3000-\\u303F\\u30FB-\\u30FF\\uFF00-\\uFFEF\\u200B\\u200E\\u200F\\u2060\\uFEFF\\p{Extended_Pictographic}]` +
    "|(?![\\p{ASCII}\\u00B7])[\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}]",
  "u",
);

const trailing = /[?!.,:;*_~'"(]+$/;
const protocol = /^(?:https?:\/\/|www\.)/i;

/** How much of the address is one. All of it if it begins in another script: so do names of hosts. */
function addressLength(address: string): number {
  const head = protocol.exec(address)?.[0].length ?? 0;
  const ascii = /[\da-z]/i.exec(address.slice(head));
  if (!ascii) return address.length;
  const from = head + ascii.index;
  const found = follower.exec(address.slice(from));
  if (found) return trimmed(address.slice(0, from + found.index)).length;
  // What the bracket holds is no part of it, as is what stands behind it.
  return address.endsWith("(") ? trimmed(address).length : address.length;
}

/** Without the punctuation of the sentence, and without a bracket that was opened before it. */
function trimmed(address: string): string {
  const without = address.replace(trailing, "");
  const isClosedOnly = without.endsWith(")") && count(without, "(") < count(without, ")");
  if (isClosedOnly) return trimmed(without.slice(0, -1));
  return without;
}

function count(text: string, of: string): number {
  return text.split(of).length - 1;
}

/** Shows a tokenizer a blank where an address ends, so that what follows, and emphasis that closes before it, is read as text. */
export function endingLinks(extension: Extension): Extension {
  const text = Object.entries(extension.text ?? {}).map(([code, constructs]) => {
    const all = [constructs ?? []].flat();
    return [
      code,
      all.flatMap((construct) => (isAddress(construct) ? [ending(construct), construct] : [construct])),
    ];
  });
  return { ...extension, text: Object.fromEntries(text) as Extension["text"] };
}

function isAddress({ name }: Construct): boolean {
  return name === "protocolAutolink" || name === "wwwAutolink";
}

const wrapped = new WeakMap<Construct, Construct>();

function ending(construct: Construct): Construct {
  const known = wrapped.get(construct);
  if (known) return known;
  const made: Construct = {
    ...construct,
    tokenize(effects, ok, nok) {
      return seeing(construct.tokenize.call(this, endingEffects(effects), leaving(ok), leaving(nok)));
    },
  };
  wrapped.set(construct, made);
  return made;
}

const blank = 32;
/** States that see the text as it is, or have seen to it themselves. */
const settled = new WeakSet<State>();
/** The character that the tokenizer is at. States call one another, and only the outermost is given it as it is. */
let present: Code = null;
let depth = 0;

/** The same state, to which a character behind an address looks like a blank. */
function seeing(state: State): State {
  if (settled.has(state)) return state;
  const wrapper: State = (code) => {
    if (depth === 0) present = code;
    depth++;
    try {
      const next = state(isFollower(code) ? blank : code);
      return typeof next === "function" ? seeing(next) : next;
    } finally {
      depth--;
    }
  };
  settled.add(wrapper);
  return wrapper;
}

/** What comes after the address is not its own. */
function leaving(state: State): State {
  return () => {
    const next = state(present);
    if (typeof next === "function") settled.add(next);
    return next;
  };
}

function endingEffects(effects: Effects): Effects {
  type Attempt = Effects["attempt"];
  const following =
    (attempt: Attempt): Attempt =>
    (constructs, then, otherwise) =>
      attempt(
        ending(constructs as Construct),
        seeing(then),
        otherwise === undefined ? undefined : seeing(otherwise),
      );
  return { ...effects, attempt: following(effects.attempt), check: following(effects.check) };
}

function isFollower(code: Code): boolean {
  // Half of a pair is one of a picture or of rare Han.
  if (code !== null && code >= 0xd800 && code < 0xe000) return true;
  return code !== null && code > 0x7f && follower.test(String.fromCharCode(code));
}

/** Cuts addresses that were found otherwise. What somebody put into brackets ends where they say. */
export function cutLinks(tree: Root, source: string): void {
  visit(tree, "link", (link, index, parent) => {
    const [child] = link.children;
    if (!parent || index === undefined || link.children.length !== 1 || child?.type !== "text") return;
    const start = link.position?.start.offset;
    const isBracketed = start !== undefined && "<[".includes(source.charAt(start));
    if (isBracketed || !protocol.test(child.value) || !link.url.endsWith(child.value)) return;
    const length = addressLength(child.value);
    if (length === child.value.length) return;
    const rest = child.value.slice(length);
    const url = link.url.slice(0, link.url.length - rest.length);
    const shorter: Link = { ...link, url, children: [{ type: "text", value: child.value.slice(0, length) }] };
    parent.children.splice(index, 1, shorter, { type: "text", value: rest });
    return [SKIP, index + 2];
  });
}
