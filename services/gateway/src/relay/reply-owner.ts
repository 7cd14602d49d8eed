import type { Connection } from "@natter/session-log";
import { decodeObject, subjects, timings, type ReplySoFar } from "@natter/protocol";

type Answer = ReplySoFar | undefined;

/**
 * Asks the worker that owns a session's running reply what it has said so far: one question at a time.
 * `undefined`: nobody replies, or the owner is silent. Readers go on without it, `ai_complete` is the truth anyway.
 */
export class ReplyOwner {
  readonly #connection: Connection;
  readonly #sessionId: string;
  #asking: Promise<Answer> | undefined;
  #next: Promise<Answer> | undefined;

  constructor(connection: Connection, sessionId: string) {
    this.#connection = connection;
    this.#sessionId = sessionId;
  }

  /** The answer that is on its way, or a new one. */
  async ask(): Promise<Answer> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** An answer to a question that is asked from now on: one on its way may lack chunks that went live before now. */
  async askAnew(): Promise<Answer> {
    if (!this.#asking) return this.ask();
    this.#next ??= this.#asking.then(() => {
      this.#next = undefined;
      return this.ask();
    });
    return this.#next;
  }

  async #request(): Promise<Answer> {
    try {
      const answer = await this.#connection.request(subjects.reply(this.#sessionId), new Uint8Array(), {
        timeoutMs: timings.replyQuestionMs,
      });
      const value = decodeObject(answer.data);
      return isReplySoFar(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

function isReplySoFar(value: unknown): value is ReplySoFar {
  if (typeof value !== "object" || value === null) return false;
  const { state, id, attempt, chunks, from, before, reasoning, takenAt } = value as Record<string, unknown>;
  if (typeof id !== "string" || typeof attempt !== "number") return false;
  if (![before, reasoning].every((text) => text === undefined || typeof text === "string")) return false;
  if (![from, takenAt].every((n) => n === undefined || typeof n === "number")) return false;
  return state === "released" || (state === "replying" && isTexts(chunks));
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}
