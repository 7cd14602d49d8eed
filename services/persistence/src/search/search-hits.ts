import {
  containsWords,
  fitMessage,
  jsonBytes,
  limits,
  type PageMessage,
  type SearchAnswer,
  type SearchHit,
} from "@natter/protocol/plain";
import { withoutReasoning } from "../store/message-content.ts";

/** JSON around the message of a hit, with its session's title. */
const hitBytes = 4_096;

interface PlacedHit {
  readonly position: string;
  readonly bytes: number;
  readonly hit: SearchHit;
}

/** Collects the latest matching messages, in any order of arrival, up to a number and to the size of one answer. */
export class SearchHits {
  readonly #words: readonly string[];
  readonly #limit: number;
  readonly #latestFirst: PlacedHit[] = [];
  #bytes = 0;
  /** A message at or before this position has no place any more. */
  #floor = "";

  constructor(words: readonly string[], limit: number) {
    this.#words = words;
    this.#limit = Math.min(limit, limits.searchHits);
  }

  /** Whether a message was left out, or the next one would be. */
  get isFull(): boolean {
    return this.#floor !== "";
  }

  /** Whether a message at this place would be among the latest. */
  hasPlaceFor(position: string): boolean {
    return position > this.#floor;
  }

  matches(text: string): boolean {
    return containsWords(text, this.#words);
  }

  add(found: { sessionId: string; position: string; message: PageMessage; title?: string }): void {
    const { position, message, ...session } = found;
    if (!this.hasPlaceFor(position)) return;
    const shown = fitMessage(withoutReasoning(message), limits.pageBytes - hitBytes);
    const hit = { ...session, message: shown };
    const bytes = jsonBytes(hit) + 1;
    const place = this.#latestFirst.findIndex((other) => other.position < position);
    this.#latestFirst.splice(place < 0 ? this.#latestFirst.length : place, 0, { position, bytes, hit });
    this.#bytes += bytes;
    this.#dropEarliest();
  }

  answer(truncated: boolean): SearchAnswer {
    return { hits: this.#latestFirst.map(({ hit }) => hit), truncated };
  }

  #dropEarliest(): void {
    const isOver = (): boolean =>
      this.#latestFirst.length > this.#limit ||
      (this.#bytes > limits.pageBytes && this.#latestFirst.length > 1);
    while (isOver()) {
      const dropped = this.#latestFirst.pop();
      this.#bytes -= dropped?.bytes ?? 0;
      this.#floor = dropped?.position ?? this.#floor;
    }
    if (this.#latestFirst.length === this.#limit) this.#floor = this.#latestFirst.at(-1)?.position ?? "";
  }
}
