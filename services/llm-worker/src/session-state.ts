import { AppendConflict, StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import {
  applyToPrompts,
  createPromptState,
  decodeObject,
  encodeFrame,
  isCompleted,
  openPrompts,
  type LogEvent,
  type Prompt,
  type PromptState,
} from "@natter/protocol";

/** How an attempt stands, by the log. */
export type Standing = "mine" | "withdrawn" | "lost";

/** The prompts of one session: what the store says, and the log after it. Nothing else is believed. */
export class SessionState {
  readonly sessionId: string;
  readonly #log: SessionLog;
  readonly #prompts: PromptState;
  readonly #epoch: string;
  /** Everything up to here is folded. */
  #readTo: number;
  /** The session's last event; an append is made on the condition that it still is. */
  #lastSeq = 0;
  #readAt = Number.NEGATIVE_INFINITY;
  #reading: Promise<void> | undefined;

  private constructor(
    sessionId: string,
    log: SessionLog,
    known: { prompts: readonly Prompt[]; readTo: number },
  ) {
    this.sessionId = sessionId;
    this.#log = log;
    this.#epoch = log.epoch;
    this.#prompts = createPromptState(known.prompts);
    this.#readTo = known.readTo;
  }

  /** With the store away the log alone is the state. */
  static async read(sessionId: string, log: SessionLog, store: StoreClient): Promise<SessionState> {
    const state = new SessionState(sessionId, log, await askStore(sessionId, log, store));
    await state.refresh();
    return state;
  }

  /** Whether the log was read within the last `ms`. A worker that was frozen may have lost everything meanwhile. */
  isFresh(ms: number): boolean {
    return performance.now() - this.#readAt < ms;
  }

  /**
   * Appends an event of this worker's own, if nothing has come since the log was read.
   *
   * @returns false if something has, or if the broker had the event before: read, and decide again
   * @throws LogAway
   */
  async append(eventId: string, event: LogEvent): Promise<boolean> {
    try {
      const expectedLastSeq = this.#lastSeq;
      const { seq, duplicate } = await this.#log.append(this.sessionId, encodeFrame(event), {
        eventId,
        expectedLastSeq,
      });
      if (duplicate) return false;
      applyToPrompts(this.#prompts, event, { epoch: this.#epoch, seq });
      this.#lastSeq = Math.max(this.#lastSeq, seq);
      return true;
    } catch (error) {
      if (error instanceof AppendConflict) return false;
      throw error;
    }
  }

  /** Reads the new events, up to the leader's last. */
  async refresh(): Promise<void> {
    // One after another: two readings at once would fold the same events twice and disagree on the end.
    const before = this.#reading ?? Promise.resolve();
    this.#reading = before.catch(() => undefined).then(() => this.#readNew());
    await this.#reading;
  }

  /** Earliest first. */
  open(): Prompt[] {
    return openPrompts(this.#prompts);
  }

  standingOf(promptId: string, claim: string): Standing {
    if (isCompleted(this.#prompts, promptId)) return "lost";
    const prompt = this.open().find((candidate) => candidate.promptId === promptId);
    if (prompt?.claim !== claim) return "lost";
    return prompt.closed ? "withdrawn" : "mine";
  }

  async #readNew(): Promise<void> {
    if (this.#log.epoch !== this.#epoch) throw new Error("the log has a new epoch");
    const last = await this.#log.last(this.sessionId);
    const upTo = last?.seq ?? 0;
    for await (const { bytes, seq } of this.#log.read(this.sessionId, { after: this.#readTo, upTo })) {
      const event = decodeObject(bytes) as LogEvent | undefined;
      if (event) applyToPrompts(this.#prompts, event, { epoch: this.#epoch, seq });
      this.#readTo = seq;
    }
    this.#lastSeq = Math.max(this.#lastSeq, upTo);
    this.#readAt = performance.now();
  }
}

async function askStore(
  sessionId: string,
  log: SessionLog,
  store: StoreClient,
): Promise<{ prompts: readonly Prompt[]; readTo: number }> {
  try {
    const { prompts, epoch, appliedSeq } = await store.ask("prompts", { sessionId });
    return { prompts, readTo: epoch === log.epoch ? appliedSeq : 0 };
  } catch (error) {
    if (error instanceof StoreAway) return { prompts: [], readTo: 0 };
    throw error;
  }
}
