/**
 * Finds where an address in a text ends. Languages without blanks between words put a particle or a full stop
 * directly behind the address, in another script than the address has.
 */
import type { Link, Root } from "mdast";
import type { Code, Construct, Effects, Extension, State } from "micromark-util-types";
import { SKIP, visit } from "unist-util-visit";

/** Scripts that are written without blanks between words. */
const scripts = "Hangul Hiragana Katakana Han Bopomofo Yi Thai Lao Khmer Myanmar Tibetan".split(" ");
/**
 * Their punctuation, wide letters, emoji, zero-width blanks, and quotation marks and brackets outside of
 * ASCII. Dashes and middle dots are part of addresses.
 */
const follower = new RegExp(
  `[${scripts.map((name) => `\\p{Script=${name}}`).join("")}\\u3000-\\u303F\\u30FB-\\u30FF\\uFF00-\\uFFEF\\u200B\\u200E\\u200F\\u2060\\uFEFF\\p{Extended_Pictographic}]` +
    "|(?![\\p{ASCII}\\u00B7])[\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}]",
  "u",
);

const trailing = /[?!.,:;*_~'"(]+$/;
const protocol = /^(?:https?:\/\/|www\.)/i;

/** Length of the address. All of it, if it begins in another script, as names of hosts do. */
function addressLength(address: string): number {
  const head = protocol.exec(address)?.[0].length ?? 0;
  const ascii = /[\da-z]/i.exec(address.slice(head));
  if (!ascii) return address.length;
  const from = head + ascii.index;
  const found = follower.exec(address.slice(from));
  if (found) return trimmed(address.slice(0, from + found.index)).length;
  // The text in the bracket is not part of the address, nor is the text behind the bracket.
  return address.endsWith("(") ? trimmed(address).length : address.length;
}

/**
 * Without the punctuation of the sentence, and without the closing bracket of one that was opened before the
 * address.
 */
function trimmed(address: string): string {
  const without = address.replace(trailing, "");
  const isClosedOnly = without.endsWith(")") && count(without, "(") < count(without, ")");
  if (isClosedOnly) return trimmed(without.slice(0, -1));
  return without;
}

function count(text: string, of: string): number {
  return text.split(of).length - 1;
}

/**
 * Shows a tokenizer a blank where the address ends. What follows is read as text, and emphasis can close
 * before it.
 */
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
/** States that need no wrapper. */
const settled = new WeakSet<State>();
/**
 * The character of the tokenizer. States call one another, and only the outermost one gets the real
 * character.
 */
let present: Code = null;
let depth = 0;

/** The same state, for which a character behind an address looks like a blank. */
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

/** The state behind the address sees the real character. */
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
  // Half of a surrogate pair belongs to an emoji or a rare Han character.
  if (code !== null && code >= 0xd800 && code < 0xe000) return true;
  return code !== null && code > 0x7f && follower.test(String.fromCharCode(code));
}

/** Cuts the addresses that other rules found. An address in brackets ends where its author says. */
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
