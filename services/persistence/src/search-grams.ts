/**
 * How text is found. A message is indexed by its grams: the single characters of its words and every two
 * that stand side by side. A query's words are looked up by their grams, which finds a word of two syllables
 * inside a longer one; what the index found is then checked against the text, since grams say nothing about
 * order. Neither store's own text index does this for Korean.
 */

/** Distinct grams of one message. Texts with more are marked and checked for every query. */
export const gramsPerMessage = 4_096;
/** Marks a message whose grams are not all indexed. Two letters, so no gram of a text is equal to it. */
export const overflowGram = "  ";

/** The form in which text is compared: composed, lower case. */
function toSearchText(text: string): string {
  return text.normalize("NFC").toLowerCase().normalize("NFC");
}

/** The words of a query, all of which must be found. */
export function toSearchWords(query: string): string[] {
  return [...new Set(toSearchText(query).split(/\s+/u).filter(Boolean))];
}

/** The grams to index for a message. They never cross white space. */
export function gramsOf(text: string): string[] {
  const grams = new Set<string>();
  for (const word of toSearchText(text).split(/\s+/u)) {
    let previous = "";
    for (const character of word) {
      grams.add(character);
      if (previous) grams.add(previous + character);
      previous = character;
      if (grams.size > gramsPerMessage) return [overflowGram];
    }
  }
  return [...grams];
}

/** The grams that a message with all these words has; the rarer ones, of two characters, first. */
export function gramsOfWords(words: readonly string[]): string[] {
  const grams = new Set<string>();
  for (const word of words) {
    const characters = Array.from(word);
    if (characters.length === 1) grams.add(word);
    for (let index = 1; index < characters.length; index++) {
      grams.add(`${characters[index - 1]}${characters[index]}`);
    }
  }
  return [...grams].sort((left, right) => right.length - left.length);
}

/** Whether the text itself has every word. */
export function containsWords(text: string, words: readonly string[]): boolean {
  const searched = toSearchText(text);
  return words.every((word) => searched.includes(word));
}
