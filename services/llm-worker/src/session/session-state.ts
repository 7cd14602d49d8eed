import { randomUUID } from "node:crypto";
import { AppendConflict, eventIn, type SessionLog, type SessionView } from "@natter/session-log";
import {
  applyToPrompts,
  attemptStepOf,
  createPromptState,
  earliestPrompt,
  encodeFrame,
  openPrompt,
  type LogEvent,
  type Prompt,
  type PromptState,
} from "@natter/protocol";
import { isBroken } from "@natter/runtime";
import { CoalescedRun } from "./coalesced-run.ts";
import type { FencingToken } from "./fencing-token.ts";

/** Whether an attempt owns its prompt, by the log. `ended`: its own end is there. `lost`: another claim or end is. */
export type Ownership = "mine" | "withdrawn" | "ended" | "lost";

/** The log numbers its events anew: nothing that was read of it before is about it. */
export class EpochChanged extends Error {
  override readonly name = "EpochChanged";
}

/** The prompts of one session: what the store says, and the log after it. Nothing else is believed. */
export class SessionState {
  readonly sessionId: string;
  readonly #log: SessionLog;
  readonly #prompts: PromptState;
  readonly #epoch: string;
  /** The attempt that ended a prompt, by prompt. The first end counts. */
  readonly #ends = new Map<string, number>();
  /** Everything up to here is folded. */
  #readTo: number;
  /** The session's last event; an append is made on the condition that it still is. */
  #lastSeq = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** One after another: two readings at once would disagree on the end. */
  readonly #reading = new CoalescedRun(() => this.#readNew());

  private constructor(
    sessionId: string,
    log: SessionLog,
    known: { prompts: readonly Prompt[]; epoch: string; readTo: number },
  ) {
    this.sessionId = sessionId;
    this.#log = log;
    this.#epoch = known.epoch;
    this.#prompts = createPromptState(known.prompts);
    this.#readTo = known.readTo;
  }

  /** With the store away the log alone is the state. */
  static async read(sessionId: string, log: SessionLog, view: SessionView): Promise<SessionState> {
    const { answer, epoch, appliedSeq } = await view.ask("prompts", { sessionId }, "log-alone");
    const known = { prompts: answer?.prompts ?? [], epoch, readTo: appliedSeq };
    const state = new SessionState(sessionId, log, known);
    await state.refresh();
    return state;
  }

  /** The session's last event, as of the last reading; 0 for none. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the log was read within the last `ms`. A worker that was frozen may have lost everything meanwhile. */
  isFresh(ms: number): boolean {
    return performance.now() - this.#readAtMs < ms;
  }

  /**
   * Appends an event of this worker's own, if nothing has come since the log was read.
   *
   * @returns false if something has, or if the broker had the event before: read, and decide again
   * @throws LogAway
   */
  async append(eventId: string, event: LogEvent): Promise<boolean> {
    try {
      const fence = isBroken("worker.no-fence")
        ? { eventId: randomUUID() }
        : { eventId, expectedLastSeq: this.#lastSeq };
      const { seq, duplicate } = await this.#log.append(this.sessionId, encodeFrame(event), fence);
      if (duplicate) return false;
      this.#apply(event, seq);
      this.#lastSeq = Math.max(this.#lastSeq, seq);
      return true;
    } catch (error) {
      if (error instanceof AppendConflict) return false;
      throw error;
    }
  }

  /**
   * Reads the new events, up to the leader's last. Calls at the same time share readings.
   *
   * @throws EpochChanged
   */
  async refresh(): Promise<void> {
    await this.#reading.run();
  }

  /** The open prompt whose turn it is. */
  earliest(): Prompt | undefined {
    return earliestPrompt(this.#prompts);
  }

  ownershipOf(promptId: string, own: { readonly attempt: number; readonly claim: FencingToken }): Ownership {
    const endedBy = this.#ends.get(promptId);
    // Each attempt has one claim, so an end of this attempt is this worker's, told or not.
    if (endedBy !== undefined) return endedBy === own.attempt ? "ended" : "lost";
    const prompt = openPrompt(this.#prompts, promptId);
    if (prompt?.claim !== own.claim) return "lost";
    return prompt.closed ? "withdrawn" : "mine";
  }

  /** Whether the session was deleted after the prompt. */
  isDeleted(promptId: string): boolean {
    return openPrompt(this.#prompts, promptId)?.deleted === true;
  }

  async #readNew(): Promise<void> {
    // What counts is when the log was asked: an answer that was long on its way is as old as the question.
    const askedAtMs = performance.now();
    const lastSeqBefore = this.#lastSeq;
    this.#checkEpoch();
    const last = await this.#log.last(this.sessionId);
    const upTo = last?.seq ?? 0;
    // The session's events expired, or the whole stream was made again.
    const isShorter = upTo < lastSeqBefore;
    if (isShorter) await this.#log.ensure();
    this.#checkEpoch();
    for await (const { bytes, seq } of this.#log.read(this.sessionId, { after: this.#readTo, upTo })) {
      const event = eventIn(bytes);
      if (event) this.#apply(event, seq);
      this.#readTo = seq;
    }
    // An append of this worker's own may have been taken while this was read.
    this.#lastSeq = isShorter ? upTo : Math.max(this.#lastSeq, upTo);
    this.#readAtMs = askedAtMs;
  }

  #checkEpoch(): void {
    if (this.#log.epoch !== this.#epoch) throw new EpochChanged();
  }

  #apply(event: LogEvent, seq: number): void {
    applyToPrompts(this.#prompts, event, { epoch: this.#epoch, seq });
    const step = attemptStepOf(event);
    if (step?.kind === "end" && !this.#ends.has(step.promptId)) this.#ends.set(step.promptId, step.attempt);
  }
}
