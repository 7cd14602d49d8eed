/**
 * In which form text and queries are compared. Whoever searches uses these functions, and so does whoever shows where a word
 * was found: what counts as the same in one place counts as the same everywhere. Indexes hold text in this form, so a change
 * of it needs a new number of their version.
 */

const ascii = /^[\0-\x7f]*$/;

/** Marks on one character beyond those that a language needs. To put n of them in order takes n² steps: seconds, for a long reply. */
const surplusMarks = /(?<=\p{M}{32})\p{M}+/gu;

const characters: Intl.Segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });
/** None begins with what is composed with the character before it. */
const parts = /[^]{1,256}[\p{M}\u1160-\u11ff\ud7b0-\ud7ff\uff9e\uff9f]*/gu;

/** Quotes and primes that NFKC would make two characters of, or a space and an accent. */
const brokenSingleQuote = /[\u00b4\u1ffd]/g;
const brokenDoubleQuotes = /[\u2033\u2036]/g;
/** What a keyboard or a word processor writes for ' and " and what other scripts have in their place. */
const singleQuotes =
  /[\u02b9\u02bb-\u02bd\u055a\u05f3\u2018-\u201b\u2032\u2035\u2039\u203a\u275b\u275c\ua78c]/g;
const doubleQuotes = /[\u00ab\u00bb\u02ba\u05f4\u201c-\u201f\u275d\u275e\u301d-\u301f]/g;
/** The dot that an i carries beside its own: what is left of a Turkish capital. With a bound, since marks can come in thousands. */
const dotOfI = /(?<=i\p{M}{0,3})\u0307/gu;

const firstLetterCode = 0x3131;
const lastLetterCode = 0x318e;
/** Letters of Hangul by themselves, also those of half width. */
const hangulLetters = /[\u3131-\u318e\uffa0-\uffdc]/u;
const otherThanHangulLetters = /[^\u3131-\u318e\uffa0-\uffdc]+/gu;
const conjoiningLetters = /[\u1100-\u11ff]/g;
const conjoiningOrHalfLetters = /[\u1100-\u11ff\uffa0-\uffdc]/gu;
/** The letter that stands by itself, by the conjoining one that it is made of. */
const letterOfConjoining: ReadonlyMap<string, string> = createLetters();

/**
 * The form in which text is compared: NFKC, so that widths, ligatures and ways of composing are alike; case is folded, also where
 * the cases differ in length; quotes are plain, and no i differs by its dot.
 */
export function toSearchText(text: string): string {
  if (ascii.test(text)) return text.toLowerCase();
  const composed = composedOf(
    text.replace(surplusMarks, "").replace(brokenSingleQuote, "'").replace(brokenDoubleQuotes, '"'),
  );
  // Upper case makes two letters of ß, and one of both forms of sigma; the first lower case is there for the capital ß.
  const folded = composed.toLowerCase().toUpperCase().toLowerCase();
  return composedOf(folded.replace(dotOfI, "").replaceAll("ς", "σ"))
    .replace(singleQuotes, "'")
    .replace(doubleQuotes, '"');
}

/** The words of a query, all of which must be found. */
export function toSearchWords(query: string): string[] {
  return [...new Set(toSearchText(query).split(/\s+/u).filter(Boolean))];
}

/** Whether the text has every word. `words` are those of `toSearchWords`. */
export function containsWords(text: string, words: readonly string[]): boolean {
  const searched = toSearchText(text);
  return words.every((word) => searched.includes(word));
}

/** Where `text` has the word for the first time, in UTF-16 units of the text itself; a composed character is in it as a whole. */
export function findWord(text: string, word: string): { start: number; end: number } | undefined {
  const searched = toSearchText(word);
  const at = toSearchText(text).indexOf(searched);
  if (at < 0 || searched === "") return undefined;
  const first = characterAt(text, at);
  const last = characterAt(text, at + searched.length - 1);
  return { start: first.index, end: last.index + last.segment.length };
}

interface Piece {
  readonly segment: string;
  readonly index: number;
}

/** The character of `text` that the unit `at` of its search text comes from. */
function characterAt(text: string, at: number): Piece {
  // Most of a long text is only passed by, which is faster in parts.
  const part = pieceAt(partsOf(text), at);
  const character = pieceAt(characters.segment(part.segment), at - part.passed);
  return { segment: character.segment, index: part.index + character.index };
}

/** Of pieces that are searched like the whole, the one in which the search text's unit `at` is. */
function pieceAt(pieces: Iterable<Piece>, at: number): Piece & { readonly passed: number } {
  let passed = 0;
  let last: Piece & { readonly passed: number } = { segment: "", index: 0, passed };
  for (const { segment, index } of pieces) {
    last = { segment, index, passed };
    passed += toSearchText(segment).length;
    if (passed > at) break;
  }
  return last;
}

function* partsOf(text: string): Iterable<Piece> {
  for (const { 0: segment, index } of text.matchAll(parts)) yield { segment, index };
}

/** NFKC. Letters of Hangul stay apart: NFKC would make syllables of "ㅋㅠㅠ", and "ㅠㅠ" would not be found in it. */
function composedOf(text: string): string {
  if (!hangulLetters.test(text)) return text.normalize("NFKC").replace(conjoiningLetters, letterOf);
  return text
    .replace(otherThanHangulLetters, (part) => part.normalize("NFKC"))
    .replace(conjoiningOrHalfLetters, letterOf);
}

function letterOf(character: string): string {
  return letterOfConjoining.get(character.normalize("NFKD")) ?? character;
}

function createLetters(): Map<string, string> {
  const letters = new Map<string, string>();
  for (let code = firstLetterCode; code <= lastLetterCode; code++) {
    const letter = String.fromCharCode(code);
    letters.set(letter.normalize("NFKD"), letter);
  }
  return letters;
}
