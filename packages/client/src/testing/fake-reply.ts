import {
  messageOf,
  promptOf,
  type FinishReason,
  type ReplyErrorCode,
  type ServerFrame,
  type ServerFrameOf,
  type User,
} from "@natter/protocol/plain";
import type { NewEvent } from "./new-event.ts";

const ai: User = { id: "ai", name: "AI" };

/** Where a reply's events and chunks go. */
export interface ReplyLog {
  append(event: NewEvent): number;
  broadcast(frame: ServerFrame): void;
}

/** An answer that a test writes. */
export class FakeReply {
  readonly id: string;
  readonly #log: ReplyLog;
  #attempt = 0;
  /** Text by chunk number; empty for a thought. */
  #chunks: string[] = [];
  #reasoning = "";
  #isRunning = true;

  constructor(log: ReplyLog, id: string) {
    this.id = id;
    this.#log = log;
    this.restart();
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What somebody who comes now is told. */
  get soFar(): ServerFrameOf<"ai_text"> {
    const n = this.#chunks.length - 1;
    return { type: "ai_text", id: this.id, attempt: this.#attempt, n, text: this.#text, ...this.#thoughts };
  }

  /** Another worker begins anew: what was written is void. */
  restart(): void {
    this.#attempt++;
    this.#chunks = [];
    this.#reasoning = "";
    this.#log.append({
      type: "ai_start",
      id: this.id,
      user: ai,
      ...this.#prompt(),
      attempt: this.#attempt,
      claim: `claim${this.#attempt}`,
      model: "fake",
    });
  }

  /** Adds words; with `isLost` nobody hears them. */
  write(chunk: string, { isLost = false } = {}): void {
    const n = this.#chunks.push(chunk) - 1;
    if (!isLost) this.#log.broadcast({ type: "ai_chunk", id: this.id, attempt: this.#attempt, n, chunk });
  }

  /** Thinks aloud; with `takesText` what was written so far was a thought, too. */
  think(chunk: string, { takesText = false } = {}): void {
    if (takesText) {
      this.#reasoning += this.#text;
      this.#chunks.fill("");
    }
    this.#reasoning += chunk;
    const n = this.#chunks.push("") - 1;
    const of = {
      type: "ai_chunk",
      id: this.id,
      attempt: this.#attempt,
      n,
      part: "reasoning",
      chunk,
    } as const;
    this.#log.broadcast(takesText ? { ...of, takesText } : of);
  }

  end(finishReason: FinishReason = "stop"): void {
    this.#complete({ finishReason });
  }

  fail(code: ReplyErrorCode, message = "It failed"): void {
    this.#complete({ finishReason: "error", error: { code, message } });
  }

  stop(): void {
    if (this.#isRunning) this.end("stopped");
  }

  get #text(): string {
    return this.#chunks.join("");
  }

  get #thoughts(): { reasoning?: string } {
    return this.#reasoning === "" ? {} : { reasoning: this.#reasoning };
  }

  #complete(how: { finishReason: FinishReason; error?: { code: ReplyErrorCode; message: string } }): void {
    this.#isRunning = false;
    this.#log.append({
      type: "ai_complete",
      id: this.id,
      user: ai,
      ...this.#prompt(),
      attempt: this.#attempt,
      chunks: this.#chunks.length,
      message: this.#text,
      ...this.#thoughts,
      model: "fake",
      ...how,
    });
  }

  #prompt(): { promptId: string; messageId: string } {
    return { promptId: promptOf(this.id) ?? "", messageId: messageOf(this.id) };
  }
}
