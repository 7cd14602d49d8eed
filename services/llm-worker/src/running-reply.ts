import type { Connection, Subscription } from "@natter/broker";
import { encodeChunk, encodeFrame, subjects, type ReplySoFar } from "@natter/protocol";
import { ChunkCoalescer, type Chunk, type FlushTimer } from "./chunk-coalescer.ts";

export interface RunningReplyOptions {
  readonly connection: Connection;
  readonly timer: FlushTimer;
  readonly windowMs: number;
  readonly sessionId: string;
  readonly id: string;
  readonly attempt: number;
  readonly claim: string;
  /** Whether the log was read recently enough to speak for the attempt. */
  readonly isFresh: () => boolean;
}

/**
 * One attempt at a reply, as others see it: it publishes the chunks, and answers whoever asks what was said so
 * far. It says nothing before the log shows its claim, and nothing while it may have lost it.
 */
export class RunningReply {
  readonly #options: RunningReplyOptions;
  readonly #coalescer: ChunkCoalescer;
  readonly #chunks: string[] = [];
  readonly #head: string;
  readonly #subject: string;
  readonly #subscription: Subscription;
  #text = "";
  #owned = false;
  #released = false;
  #onAsked: (() => void) | undefined;

  constructor(options: RunningReplyOptions) {
    this.#options = options;
    const { connection, timer, windowMs, sessionId, id, attempt } = options;
    this.#subject = subjects.live(sessionId);
    this.#head = `{"type":"ai_chunk","id":${JSON.stringify(id)},"attempt":${attempt},"n":`;
    this.#coalescer = new ChunkCoalescer(windowMs, timer, (chunk) => this.#publish(chunk));
    this.#subscription = connection.subscribe(subjects.reply(sessionId), (message) => {
      const answer = this.#answer();
      if (answer) message.respond(encodeFrame(answer));
      if (this.#released) this.#onAsked?.();
    });
  }

  /** The log shows the claim. */
  own(): void {
    this.#owned = true;
  }

  /** What was said so far, and in how many chunks. */
  get said(): { readonly text: string; readonly chunks: number } {
    return { text: this.#text, chunks: this.#chunks.length };
  }

  /** @returns whether there is room for more */
  add(text: string, part?: "reasoning"): boolean {
    return this.#coalescer.push(text, part);
  }

  /**
   * Resolves when every chunk is with the broker, so that `ai_complete` comes after them. False: it may have
   * lost the attempt and holds something back.
   */
  async finish(): Promise<boolean> {
    const isWhole = this.#coalescer.flush();
    await this.#options.connection.flush();
    return isWhole;
  }

  /** From now on whoever asks is told to take over. Resolves when somebody has asked, or after `ms`. */
  async release(ms: number): Promise<void> {
    this.#released = true;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onAsked = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  close(): void {
    this.#coalescer.close();
    this.#subscription.unsubscribe();
  }

  #publish({ text, part }: Chunk): boolean {
    if (!this.#options.isFresh()) return false;
    const n = this.#chunks.length;
    this.#options.connection.publishSoon(this.#subject, encodeChunk(this.#head, n, text, part));
    // A thought has a number like any chunk, and no part in the text.
    this.#chunks.push(part === undefined ? text : "");
    if (part === undefined) this.#text += text;
    return true;
  }

  #answer(): ReplySoFar | undefined {
    const { id, attempt, claim, isFresh } = this.#options;
    if (!this.#owned) return undefined;
    if (this.#released) return { state: "released", id, attempt };
    return isFresh() ? { state: "replying", id, attempt, claim, chunks: this.#chunks } : undefined;
  }
}
