/**
 * How text is found. The search index holds the n-grams of a message: the single characters of its words and every two
 * that stand side by side. A query is looked up by the n-grams of its words, so it finds a word of two syllables inside a
 * longer one. N-grams do not tell in which order they stand in a text, so a search then compares the text of each message
 * that the index found. Neither database has a text index of its own that does this for Korean.
 *
 * A text with more n-grams than `limits.searchNgrams` is long: it is indexed by its characters alone. A query asks for both
 * kinds of n-grams. A long text is more often found without having the words.
 */
import { limits, toSearchText } from "@natter/protocol/plain";

/** Raised with every change of what is indexed of a text, also by `toSearchText`. The stores index again what is older. */
export const searchIndexVersion = 2;

/** White space: no n-gram of a text that is not long begins with it. */
const longMark = " ";
/** Characters below this code have an n-gram each. All others share as many, so there are `limits.searchNgrams` in total. */
const sharingCode = limits.searchNgrams / 2;

/** The n-grams to index for a message. They never cross white space. */
export function ngramsOf(text: string): string[] {
  const ngrams = new Set<string>();
  const words = toSearchText(text).split(/\s+/u);
  for (const word of words) {
    let previous = "";
    for (const character of word) {
      ngrams.add(character);
      if (previous) ngrams.add(previous + character);
      previous = character;
      if (ngrams.size > limits.searchNgrams) return [...longNgramsIn(words)];
    }
  }
  return [...ngrams];
}

/** N-grams that a message with all these words has. The rarer ones, of two characters, come first. */
export function ngramsOfWords(words: readonly string[]): string[] {
  const ngrams = new Set<string>();
  for (const word of words) {
    const characters = Array.from(word);
    if (characters.length === 1) ngrams.add(word);
    for (let index = 1; index < characters.length; index++) {
      ngrams.add(`${characters[index - 1]}${characters[index]}`);
    }
  }
  const rarestFirst = [...ngrams].sort((left, right) => right.length - left.length);
  return rarestFirst.slice(0, limits.searchQueryNgrams);
}

/** N-grams that a long message with all these words has. */
export function longNgramsOfWords(words: readonly string[]): string[] {
  return [...longNgramsIn(words)].slice(0, limits.searchQueryNgrams);
}

function longNgramsIn(words: readonly string[]): Set<string> {
  const ngrams = new Set<string>();
  for (const word of words) for (const character of word) ngrams.add(longMark + sharedCharacter(character));
  return ngrams;
}

/** The character itself, or one that stands for many: an index entry cannot hold a hundred thousand different ones. */
function sharedCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return code < sharingCode ? character : String.fromCodePoint(sharingCode + (code % sharingCode));
}
