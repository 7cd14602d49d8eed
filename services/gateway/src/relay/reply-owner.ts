import type { Connection } from "@natter/session-log";
import { decodeObject, subjects, timings, type ReplySoFar } from "@natter/protocol";

type Answer = ReplySoFar | undefined;

/**
 * Requests the text so far from the worker that owns a session's running reply, one request at a time. `undefined` if no reply is
 * running or the owner does not answer. Subscribers then wait for `ai_complete`, which has the whole text.
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

  /** The answer to the pending request, or to a new one. */
  async ask(): Promise<Answer> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  /** The answer to a new request. The answer to a pending one may lack chunks that were published before now. */
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
