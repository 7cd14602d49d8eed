import { decodeObject, mergeChunks, type ServerFrameOf } from "@natter/protocol";
import type { FrameKind } from "../relay/subscriber.ts";

interface Queued {
  /** Chunks that become one frame. */
  readonly chunks?: ServerFrameOf<"ai_chunk">[];
  readonly frame?: Uint8Array;
  readonly seq?: number | undefined;
  bytes: number;
}

interface OutFrame {
  readonly frame: Uint8Array;
  readonly seq?: number | undefined;
}

/** Frames that wait for a slow consumer, in their order. Chunks that follow one another are joined. */
export class OutQueue {
  #items: Queued[] = [];
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  add(frame: Uint8Array, kind: FrameKind, seq?: number): void {
    this.#bytes += frame.length;
    if (kind !== "chunk") return void this.#items.push({ frame, seq, bytes: frame.length });
    const chunk = decodeObject(frame) as ServerFrameOf<"ai_chunk"> | undefined;
    const last = this.#items.at(-1);
    const before = last?.chunks?.at(-1);
    if (chunk && last?.chunks && before && canFollow(before, chunk)) {
      last.chunks.push(chunk);
      last.bytes += frame.length;
    } else this.#items.push({ chunks: chunk ? [chunk] : [], bytes: frame.length });
  }

  /** Removes the first frame; `undefined` if nothing waits. */
  take(): OutFrame | undefined {
    for (let item = this.#items.shift(); item; item = this.#items.shift()) {
      this.#bytes -= item.bytes;
      const frame = item.frame ?? mergeChunks(item.chunks ?? []);
      if (frame) return { frame, seq: item.seq };
    }
    return undefined;
  }

  clear(): void {
    this.#items = [];
    this.#bytes = 0;
  }
}

/** Whether both can be one frame. A chunk with `takesText` can only be the first of a frame. */
function canFollow(last: ServerFrameOf<"ai_chunk">, chunk: ServerFrameOf<"ai_chunk">): boolean {
  const isSame = last.id === chunk.id && last.attempt === chunk.attempt && last.part === chunk.part;
  return isSame && chunk.takesText !== true;
}
