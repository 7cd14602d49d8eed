import { fitMessage, jsonBytes, limits, type PageMessage, type SearchHit } from "@natter/protocol";
import { withoutReasoning } from "./message-content.ts";
import { containsWords } from "./search-grams.ts";

/** JSON around the message of a hit, with its session's title. */
const hitBytes = 4_096;

/** Answers of a search, up to a number and to one answer's size. */
export class SearchHits {
  readonly #words: readonly string[];
  readonly #limit: number;
  readonly #hits: SearchHit[] = [];
  #bytesLeft: number = limits.pageBytes;
  #full = false;

  constructor(words: readonly string[], limit: number) {
    this.#words = words;
    this.#limit = Math.min(limit, limits.searchHits);
  }

  get full(): boolean {
    return this.#full;
  }

  /** Whether a candidate's newest text has every word. */
  matches(message: PageMessage): boolean {
    return message.deletedAt === undefined && containsWords(message.message, this.#words);
  }

  /** Of messages that match, the latest first. */
  add(sessionId: string, message: PageMessage, session: { title?: string }): void {
    if (this.#full) return;
    const shown = fitMessage(withoutReasoning(message), limits.pageBytes - hitBytes);
    const hit = { sessionId, ...session, message: shown };
    const size = jsonBytes(hit) + 1;
    if (size > this.#bytesLeft && this.#hits.length > 0) {
      this.#full = true;
      return;
    }
    this.#bytesLeft -= size;
    this.#hits.push(hit);
    if (this.#hits.length >= this.#limit) this.#full = true;
  }

  hits(): SearchHit[] {
    return this.#hits;
  }
}
