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

export type ReplyFrame = ServerFrameOf<"ai_start"> | ServerFrameOf<"ai_chunk"> | ServerFrameOf<"ai_text">;

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
  apply(frame: ReplyFrame): boolean {
    const { id, attempt } = frame;
    const known = this.#running.get(id) ?? untouched;
    if (this.#ended.has(id) || attempt < known.attempt) return false;
    const isNew = attempt > known.attempt;
    const next = continued(isNew ? { ...untouched, attempt } : known, frame);
    if (!next && !isNew) return false;
    this.#running.set(id, { ...untouched, attempt, ...next });
    return true;
  }

  end(id: string): void {
    this.#ended.add(id);
    this.#running.delete(id);
  }

  clear(): void {
    this.#running.clear();
  }
}

/** What a frame makes of a reply in the same attempt; `undefined` if it says nothing new. */
function continued(known: RunningReply, frame: ReplyFrame): RunningReply | undefined {
  if (frame.type === "ai_start")
    return frame.model === known.model ? undefined : { ...known, model: frame.model };
  const { n } = frame;
  if (n <= known.n) return undefined;
  if (frame.type === "ai_text") {
    const { text, reasoning = "" } = frame;
    return { ...known, n, text, reasoning, hasHole: false };
  }
  const { from = n, part, takesText, chunk } = frame;
  if (known.hasHole) return undefined;
  if (from !== known.n + 1) return { ...known, hasHole: true };
  let { text, reasoning } = known;
  if (takesText) {
    reasoning += text;
    text = "";
  }
  if (part === "reasoning") reasoning += chunk;
  else if (part === undefined) text += chunk;
  return { ...known, n, text, reasoning };
}
