import type { Connection, Msg, Subscription } from "@natter/session-log";
import {
  chunkHead,
  encodeChunk,
  encodeFrame,
  fitting,
  limits,
  subjects,
  type ReplySoFar,
} from "@natter/protocol";
import { ChunkCoalescer, type Chunk, type FlushTimer } from "./chunk-coalescer.ts";
import type { ModelPart } from "../models/model.ts";

export interface RunningReplyOptions {
  readonly connection: Connection;
  readonly timer: FlushTimer;
  readonly windowMs: number;
  readonly sessionId: string;
  readonly id: string;
  readonly attempt: number;
  readonly claim: string;
  /** Whether the log was read recently enough to publish for the attempt. */
  readonly isFresh: () => boolean;
  /** Called with an exception in a timer. */
  readonly onDefect: (error: unknown) => void;
}

const heldQuestions = 64;
const decoder = new TextDecoder();

/**
 * The published side of one attempt: it publishes the chunks, and it answers requests for the text so far. It publishes nothing before
 * the log shows its claim, and nothing while it may have lost the claim.
 */
export class RunningReply {
  readonly #options: RunningReplyOptions;
  readonly #coalescer: ChunkCoalescer;
  readonly #chunks: string[] = [];
  readonly #head: string;
  readonly #subject: string;
  readonly #subscription: Subscription;
  /** Requests that came before the claim was decided. */
  #early: Msg[] = [];
  #text = "";
  #reasoning = "";
  #takenAt: number | undefined;
  #isOwned = false;
  #isReleased = false;

  constructor(options: RunningReplyOptions) {
    this.#options = options;
    const { connection, timer, windowMs, sessionId, id, attempt } = options;
    this.#subject = subjects.live(sessionId);
    this.#head = decoder.decode(chunkHead(id, attempt));
    this.#coalescer = new ChunkCoalescer(windowMs, timer, {
      emit: (chunk) => this.#publish(chunk),
      onDefect: options.onDefect,
    });
    this.#subscription = connection.subscribe(subjects.reply(sessionId), (message) => this.#onAsked(message));
  }

  /** Call this when the log shows the claim. */
  own(): void {
    this.#isOwned = true;
    for (const message of this.#early) this.#onAsked(message);
    this.#early = [];
  }

  /** The text so far, and its number of chunks. */
  get said(): { readonly text: string; readonly reasoning: string; readonly chunks: number } {
    return { text: this.#text, reasoning: this.#reasoning, chunks: this.#chunks.length };
  }

  /** Whether a chunk was published. */
  get hasBegun(): boolean {
    return this.#chunks.length > 0;
  }

  /** @returns whether more text fits */
  add({ type, text }: ModelPart): boolean {
    if (type === "text") return this.#coalescer.push(text);
    if (type === "reasoning") this.#coalescer.pushReasoning(text);
    else this.#coalescer.takeText(text);
    return true;
  }

  /**
   * Resolves when the broker has every chunk, so that `ai_complete` comes after them. False if the attempt may be lost and chunks were
   * not published.
   */
  async finish(): Promise<boolean> {
    const isWhole = this.#coalescer.flush();
    await this.#options.connection.flush();
    return isWhole;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** From now on the answer to a request is "released", so another worker takes over. */
  release(): void {
    this.#isReleased = true;
    this.#coalescer.close();
  }

  close(): void {
    this.#coalescer.close();
    this.#subscription.unsubscribe();
  }

  #publish({ text, part }: Chunk): boolean {
    if (this.#isReleased || !this.#options.isFresh()) return false;
    const n = this.#chunks.length;
    this.#options.connection.publishSoon(this.#subject, encodeChunk(this.#head, n, text, part));
    // Reasoning has a number like every chunk, and is no part of the text.
    this.#chunks.push(part === undefined ? text : "");
    if (part === undefined) this.#text += text;
    else {
      if (part === "taking") this.#takeText(n);
      this.#reasoning += text;
    }
    return true;
  }

  #takeText(n: number): void {
    this.#reasoning = fitting(this.#reasoning + this.#text, limits.replyReasoningBytes);
    this.#text = "";
    this.#chunks.fill("");
    this.#takenAt = n;
  }

  #onAsked(message: Msg): void {
    if (!this.#isOwned) {
      if (this.#early.length < heldQuestions) this.#early.push(message);
      return;
    }
    const answer = this.#answer();
    if (answer) message.respond(encodeFrame(answer));
  }

  #answer(): ReplySoFar | undefined {
    const { id, attempt, claim, isFresh } = this.#options;
    if (this.#isReleased) return { state: "released", id, attempt };
    if (!isFresh()) return undefined;
    const { reasoning } = this.said;
    const from = Math.max(0, this.#chunks.length - limits.toldChunks);
    return {
      state: "replying",
      id,
      attempt,
      claim,
      chunks: this.#chunks.slice(from),
      ...(from === 0 ? {} : { from, before: this.#chunks.slice(0, from).join("") }),
      ...(reasoning === "" ? {} : { reasoning }),
      ...(this.#takenAt === undefined ? {} : { takenAt: this.#takenAt }),
    };
  }
}
