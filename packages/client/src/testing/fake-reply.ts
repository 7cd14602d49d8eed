import {
  messageOf,
  promptOf,
  type FinishReason,
  type ReplyErrorCode,
  type ServerFrameOf,
  type User,
} from "@natter/protocol/plain";
import type { FakeSession } from "./fake-session.ts";

const ai: User = { id: "ai", name: "AI" };

/** An answer that a test writes. */
export class FakeReply {
  readonly id: string;
  readonly #session: FakeSession;
  #attempt = 0;
  #chunks: string[] = [];
  #isRunning = true;

  constructor(session: FakeSession, id: string) {
    this.id = id;
    this.#session = session;
    this.restart();
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** What somebody who comes now is told. */
  get soFar(): ServerFrameOf<"ai_text"> {
    const n = this.#chunks.length - 1;
    return { type: "ai_text", id: this.id, attempt: this.#attempt, n, text: this.#chunks.join("") };
  }

  /** Another worker begins anew: what was written is void. */
  restart(): void {
    this.#attempt++;
    this.#chunks = [];
    this.#session.append({
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
    if (!isLost) this.#session.broadcast({ type: "ai_chunk", id: this.id, attempt: this.#attempt, n, chunk });
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

  #complete(how: { finishReason: FinishReason; error?: { code: ReplyErrorCode; message: string } }): void {
    this.#isRunning = false;
    this.#session.append({
      type: "ai_complete",
      id: this.id,
      user: ai,
      ...this.#prompt(),
      attempt: this.#attempt,
      chunks: this.#chunks.length,
      message: this.#chunks.join(""),
      model: "fake",
      ...how,
    });
  }

  #prompt(): { promptId: string; messageId: string } {
    return { promptId: promptOf(this.id) ?? "", messageId: messageOf(this.id) };
  }
}
