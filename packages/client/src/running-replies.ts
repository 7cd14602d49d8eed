import type { ServerFrameOf } from "@natter/protocol/plain";

/** What a running reply has said so far. */
export interface RunningReply {
  readonly attempt: number;
  /** The last chunk contained, -1 for none. */
  readonly n: number;
  readonly text: string;
  readonly reasoning: string;
  readonly model?: string;
  /** True: a chunk is missing, so what follows waits for `ai_text` or the end. */
  readonly hasHole: boolean;
}

const untouched: RunningReply = { attempt: 0, n: -1, text: "", reasoning: "", hasHole: false };

/**
 * The text of replies that are being written, from frames in whatever order and number they come: of the highest
 * attempt only, each chunk once, never with a hole, and nothing after the end.
 */
export class RunningReplies {
  readonly #running = new Map<string, RunningReply>();
  readonly #ended = new Set<string>();

  get(id: string): RunningReply | undefined {
    return this.#running.get(id);
  }

  ids(): IterableIterator<string> {
    return this.#running.keys();
  }

  /** @returns whether something changed */
  start({ id, attempt, model }: ServerFrameOf<"ai_start">): boolean {
    const known = this.#at(id, attempt);
    if (!known || (known.attempt === attempt && known.model === model)) return false;
    this.#running.set(id, { ...(known.attempt === attempt ? known : untouched), attempt, model });
    return true;
  }

  /** @returns whether something changed */
  add({ id, attempt, n, from = n, part, takesText, chunk }: ServerFrameOf<"ai_chunk">): boolean {
    let known = this.#at(id, attempt);
    if (!known) return false;
    if (known.attempt < attempt) known = { ...untouched, attempt };
    else if (known.hasHole || n <= known.n) return false;
    if (from !== known.n + 1) this.#running.set(id, { ...known, hasHole: true });
    else if (part === undefined) this.#running.set(id, { ...known, n, text: known.text + chunk });
    else {
      let { text, reasoning } = known;
      if (takesText) {
        reasoning += text;
        text = "";
      }
      if (part === "reasoning") reasoning += chunk;
      this.#running.set(id, { ...known, n, text, reasoning });
    }
    return true;
  }

  /** @returns whether something changed */
  replace({ id, attempt, n, text, reasoning = "" }: ServerFrameOf<"ai_text">): boolean {
    const known = this.#at(id, attempt);
    if (!known) return false;
    const isSame = known.attempt === attempt;
    if (isSame && n <= known.n) return false;
    this.#running.set(id, { ...(isSame ? known : untouched), attempt, n, text, reasoning, hasHole: false });
    return true;
  }

  end(id: string): void {
    this.#ended.add(id);
    this.#running.delete(id);
  }

  clear(): void {
    this.#running.clear();
  }

  /** What is known, if a frame of this attempt can still matter. */
  #at(id: string, attempt: number): RunningReply | undefined {
    const known = this.#running.get(id) ?? untouched;
    return this.#ended.has(id) || attempt < known.attempt ? undefined : known;
  }
}
