/**
 * How text is found. A message is indexed by its grams: the single characters of its words and every two
 * that stand side by side. A query's words are looked up by their grams, which finds a word of two syllables
 * inside a longer one; what the index found is then checked against the text, since grams say nothing about
 * order. Neither store's own text index does this for Korean.
 *
 * A text with more grams than are indexed is long: it is indexed by its characters alone. A query has to ask for both
 * kinds of grams, and a long text is found by it more often without having the words.
 */
import { limits, toSearchText } from "@natter/protocol/plain";

/** Raised with every change of what is indexed of a text, also by `toSearchText`. The stores index again what is older. */
export const searchIndexVersion = 2;

/** Two letters of which the first is white space, so no gram of a text is equal to one of a long text. */
const longMark = " ";
/** Characters below it have a gram each, the others share as many: all of them together are `limits.searchGrams`. */
const sharingCode = limits.searchGrams / 2;

/** The grams to index for a message. They never cross white space. */
export function gramsOf(text: string): string[] {
  const grams = new Set<string>();
  const words = toSearchText(text).split(/\s+/u);
  for (const word of words) {
    let previous = "";
    for (const character of word) {
      grams.add(character);
      if (previous) grams.add(previous + character);
      previous = character;
      if (grams.size > limits.searchGrams) return [...longGramsIn(words)];
    }
  }
  return [...grams];
}

/** Grams that a message with all these words has; the rarer ones, of two characters, first. */
export function gramsOfWords(words: readonly string[]): string[] {
  const grams = new Set<string>();
  for (const word of words) {
    const characters = Array.from(word);
    if (characters.length === 1) grams.add(word);
    for (let index = 1; index < characters.length; index++) {
      grams.add(`${characters[index - 1]}${characters[index]}`);
    }
  }
  const rarestFirst = [...grams].sort((left, right) => right.length - left.length);
  return rarestFirst.slice(0, limits.searchQueryGrams);
}

/** Grams that a long message with all these words has. */
export function longGramsOfWords(words: readonly string[]): string[] {
  return [...longGramsIn(words)].slice(0, limits.searchQueryGrams);
}

function longGramsIn(words: readonly string[]): Set<string> {
  const grams = new Set<string>();
  for (const word of words) for (const character of word) grams.add(longMark + sharedCharacter(character));
  return grams;
}

/** Itself, or one that stands for many: a text can have a hundred thousand different ones, an index entry cannot. */
function sharedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < sharingCode ? character : String.fromCodePoint(sharingCode + (code % sharingCode));
}
