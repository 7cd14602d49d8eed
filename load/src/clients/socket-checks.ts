import { parseCursor, type LogEvent, type Position, type ServerFrameOf } from "@natter/protocol";
import type { Tally } from "../measuring/tally.ts";

/** The text of a reply as the chunks of one socket gave it. */
interface Streamed {
  readonly attempt: number;
  /** The last chunk that came. */
  n: number;
  text: string;
}

/** Checks that a socket gets each event once and in order, and each reply whole. */
export class SocketChecks {
  readonly #name: string;
  readonly #tally: Tally;
  readonly #streamed = new Map<string, Streamed>();
  #position: Position | undefined;
  #connections = 0;

  constructor(name: string, tally: Tally) {
    this.#name = name;
    this.#tally = tally;
  }

  /** Where the socket resumes. */
  get cursor(): string | undefined {
    return this.#position && `${this.#position.epoch}.${this.#position.seq}`;
  }

  /** The chunks of the replies that run now are lost to this socket: the next connection tells their text so far. */
  onClose(): void {
    this.#streamed.clear();
  }

  onConnection(frame: ServerFrameOf<"connection">): void {
    this.#connections++;
    const begin = parseCursor(frame.cursor);
    if (this.#position !== undefined && !frame.recovered) this.#tally.add("resyncs");
    if (this.#position === undefined || !frame.recovered) this.#position = begin;
    for (const reply of frame.replies) this.onText(reply);
  }

  /** The text of a running reply so far. It takes the place of what came before. */
  onText({ id, attempt, n, text }: Pick<ServerFrameOf<"ai_text">, "id" | "attempt" | "n" | "text">): void {
    this.#streamed.set(id, { attempt, n, text });
  }

  onChunk(frame: ServerFrameOf<"ai_chunk">): void {
    this.#tally.add("chunks");
    const { id, attempt, n, from = n, part, chunk } = frame;
    const text = part === undefined ? chunk : "";
    const before = this.#streamed.get(id);
    if (!before || attempt > before.attempt) {
      if (from === 0) this.#streamed.set(id, { attempt, n, text });
      else this.#blameHole(`${id} begins at chunk ${from}`);
      return;
    }
    if (attempt < before.attempt) return;
    if (from !== before.n + 1) this.#blameHole(`chunk ${from} of ${id} came after chunk ${before.n}`);
    before.n = n;
    before.text += text;
  }

  /** @param frame a durable event */
  onEvent(frame: LogEvent): void {
    const { seq, prev } = frame;
    // An event of an earlier epoch has other numbers.
    if (seq === undefined || !this.#position || frame.epoch !== undefined) return;
    const last = this.#position.seq;
    if (seq === last) return this.#tally.blame("duplicated", `${this.#name} got event ${seq} twice`);
    if (seq < last) return this.#tally.blame("reordered", `${this.#name} got event ${seq} after ${last}`);
    if (prev !== undefined && prev > last)
      this.#blameHole(`event ${prev}, before ${seq} and after ${last}, did not come`);
    this.#position = { epoch: this.#position.epoch, seq };
  }

  onComplete({ id, attempt, chunks, message }: ServerFrameOf<"ai_complete">): void {
    const streamed = this.#streamed.get(id);
    this.#streamed.delete(id);
    if (streamed?.attempt !== attempt) {
      // A replay has the end of a reply, and not its chunks.
      if (chunks > 0 && attempt > 0 && this.#connections === 1 && streamed)
        this.#blameHole(`no chunk of attempt ${attempt} of ${id} came`);
      return;
    }
    if (streamed.n + 1 !== chunks)
      this.#blameHole(`${id} has ${chunks} chunks, the last one here is ${streamed.n}`);
    else if (streamed.text !== message)
      this.#tally.blame("unequal", `${this.#name}: the chunks of ${id} are not its text`);
  }

  #blameHole(what: string): void {
    this.#tally.blame("holes", `${this.#name}: ${what}`);
  }
}
