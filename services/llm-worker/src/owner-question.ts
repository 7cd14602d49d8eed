import { isNoResponders, type Connection } from "@natter/broker";
import { decodeObject, subjects, type ReplySoFar } from "@natter/protocol";
import type { ReplyTimings } from "./reply-timings.ts";

export type OwnerState = "live" | "gone" | "released";
export type Answer = "live" | "released" | "no-responders" | "silence";

/**
 * Decides from answers whether an owner is gone: two "no responders" some seconds apart, or nothing but
 * silence for long. It counts only while the asker itself runs and is connected, because to one that was
 * frozen or cut off everybody else looks gone. Pure.
 */
export class AbsenceCount {
  readonly #timings: ReplyTimings;
  #absentSince: number | undefined;
  #silentSince: number | undefined;
  #steppedAt: number;

  constructor(timings: ReplyTimings, nowMs: number) {
    this.#timings = timings;
    this.#steppedAt = nowMs;
  }

  /** @returns what is certain by now; `undefined`: ask again */
  step(answer: Answer, nowMs: number, connected: boolean): OwnerState | undefined {
    const gapMs = nowMs - this.#steppedAt;
    this.#steppedAt = nowMs;
    if (answer === "live" || answer === "released") return answer;
    if (!connected || gapMs > this.#timings.ackWaitMs / 2) {
      this.#absentSince = undefined;
      this.#silentSince = undefined;
      return undefined;
    }
    if (answer === "silence") {
      this.#silentSince ??= nowMs - gapMs;
      return nowMs - this.#silentSince >= this.#timings.silenceMs ? "gone" : undefined;
    }
    this.#silentSince = undefined;
    this.#absentSince ??= nowMs;
    return nowMs - this.#absentSince >= this.#timings.absenceMs ? "gone" : undefined;
  }
}

export interface OwnerQuestion {
  readonly connection: Connection;
  readonly timings: ReplyTimings;
  readonly sessionId: string;
  /** Answers of a lower attempt are those of somebody who lost it. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

/** Asks until it is certain. `undefined` if the signal came first. */
export async function askOwner(question: OwnerQuestion): Promise<OwnerState | undefined> {
  const { connection, timings, signal } = question;
  const count = new AbsenceCount(timings, performance.now());
  while (!signal.aborted) {
    const askedAt = performance.now();
    const answer = await ask(question);
    const state = count.step(answer, performance.now(), connection.connected);
    if (state) return state;
    const restMs = timings.questionMs - (performance.now() - askedAt);
    if (restMs > 0) await new Promise((resolve) => setTimeout(resolve, restMs));
  }
  return undefined;
}

async function ask({ connection, timings, sessionId, attempt }: OwnerQuestion): Promise<Answer> {
  try {
    const message = await connection.nats.request(subjects.reply(sessionId), new Uint8Array(), {
      timeout: timings.questionMs,
    });
    const answer = decodeObject(message.data) as ReplySoFar | undefined;
    if (!answer || answer.attempt < attempt) return "silence";
    return answer.state === "released" ? "released" : "live";
  } catch (error) {
    return isNoResponders(error) ? "no-responders" : "silence";
  }
}
