import { isNoResponders, type Connection } from "@natter/session-log";
import { decodeObject, subjects, type ReplySoFar } from "@natter/protocol";
import type { ReplyTimings } from "../reply-timings.ts";

export type OwnerState = "live" | "gone" | "released";
export type Answer = "live" | "released" | "no-responders" | "silence";

/** When the asker took a step, and on which of its connections; `undefined` if it had none. */
export interface Step {
  readonly nowMs: number;
  readonly connection: number | undefined;
}

/**
 * Decides from answers whether an owner is gone: two "no responders" some seconds apart with no silence
 * between them, or no answer of any kind for long. A single "no responders" is what an owner that reconnects
 * looks like. It counts only while the asker itself runs and is connected, because to one that was frozen or
 * cut off everybody else looks gone. Pure.
 */
export class FailureDetector {
  readonly #timings: ReplyTimings;
  #unansweredSinceMs: number | undefined;
  #absentSinceMs: number | undefined;
  #before: Step;

  constructor(timings: ReplyTimings, at: Step) {
    this.#timings = timings;
    this.#before = at;
  }

  /** @returns what is certain by now; `undefined`: ask again */
  step(answer: Answer, at: Step): OwnerState | undefined {
    const { nowMs } = at;
    const before = this.#before;
    this.#before = at;
    if (answer === "live" || answer === "released") return answer;
    const wasCutOff = at.connection === undefined || at.connection !== before.connection;
    if (wasCutOff || nowMs - before.nowMs > this.#timings.ackWaitMs / 2) {
      this.#unansweredSinceMs = undefined;
      this.#absentSinceMs = undefined;
      return undefined;
    }
    this.#unansweredSinceMs ??= before.nowMs;
    // Somebody listens there again, for example an owner that is frozen: its silence counts for itself.
    if (answer === "silence") this.#absentSinceMs = undefined;
    else this.#absentSinceMs ??= nowMs;
    const isAbsent =
      this.#absentSinceMs !== undefined && nowMs - this.#absentSinceMs >= this.#timings.absenceMs;
    const isSilent = nowMs - this.#unansweredSinceMs >= this.#timings.silenceMs;
    return isAbsent || isSilent ? "gone" : undefined;
  }
}

export interface OwnerQuestion {
  readonly connection: Connection;
  /** A number of the asker's connection, another one after each loss; `undefined` while there is none. */
  readonly connectionNumber: () => number | undefined;
  readonly timings: ReplyTimings;
  readonly sessionId: string;
  readonly replyId: string;
  readonly attempt: number;
  /** Reads the log; false if it no longer shows this attempt as the one that replies. */
  readonly isStillOwned: () => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Asks until it is certain. `undefined` if the log or the signal had its say first. */
export async function askOwner(question: OwnerQuestion): Promise<OwnerState | undefined> {
  const { connectionNumber, timings, signal, isStillOwned } = question;
  const at = (): Step => ({ nowMs: performance.now(), connection: connectionNumber() });
  const detector = new FailureDetector(timings, at());
  while (!signal.aborted) {
    const askedAtMs = performance.now();
    const state = detector.step(await ask(question), at());
    if (state) return state;
    if (!(await isStillOwned())) return undefined;
    const restMs = timings.questionMs - (performance.now() - askedAtMs);
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  return undefined;
}

async function ask({ connection, timings, sessionId, replyId, attempt }: OwnerQuestion): Promise<Answer> {
  try {
    const message = await connection.request(subjects.reply(sessionId), new Uint8Array(), {
      timeoutMs: timings.questionMs,
    });
    const answer = decodeObject(message.data) as ReplySoFar | undefined;
    // Whoever speaks of another reply or a lower attempt has lost it and does not know yet.
    if (answer?.id !== replyId || answer.attempt < attempt) return "silence";
    return answer.state === "released" ? "released" : "live";
  } catch (error) {
    return isNoResponders(error) ? "no-responders" : "silence";
  }
}
