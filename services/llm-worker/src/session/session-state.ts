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

/** The log has a new epoch, so everything that was read before is invalid. */
export class EpochChanged extends Error {
  override readonly name = "EpochChanged";
}

/** The open prompts of one session, from a session view. The worker trusts no other source. */
export class SessionState {
  readonly sessionId: string;
  readonly #log: SessionLog;
  readonly #prompts: PromptState;
  readonly #epoch: string;
  /** The attempt that ended a prompt, by prompt. The first end counts. */
  readonly #ends = new Map<string, number>();
  /** The state includes every event up to this seq. */
  #readTo: number;
  /** The seq of the session's last event. An append is conditional on it. */
  #lastSeq = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  /** Reads run one after another: two reads at the same time could disagree about the end. */
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

  /** While the store is unavailable, the log alone is the state. */
  static async read(sessionId: string, log: SessionLog, view: SessionView): Promise<SessionState> {
    const { answer, epoch, appliedSeq } = await view.ask("prompts", { sessionId }, "log-alone");
    const known = { prompts: answer?.prompts ?? [], epoch, readTo: appliedSeq };
    const state = new SessionState(sessionId, log, known);
    await state.refresh();
    return state;
  }

  /** The seq of the session's last event at the last read; 0 without events. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Whether the log was read within the last `ms`. A frozen worker may have lost its ownership meanwhile. */
  isFresh(ms: number): boolean {
    return performance.now() - this.#readAtMs < ms;
  }

  /**
   * Appends an event of this worker, if no event has come since the last read.
   *
   * @returns false if an event has come, or if the broker already had this event: read and decide again
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
   * Reads the new events, up to the last one of the stream's leader. Calls at the same time share a read.
   *
   * @throws EpochChanged
   */
  async refresh(): Promise<void> {
    await this.#reading.run();
  }

  /** The open prompt that is next. */
  earliest(): Prompt | undefined {
    return earliestPrompt(this.#prompts);
  }

  ownershipOf(promptId: string, own: { readonly attempt: number; readonly claim: FencingToken }): Ownership {
    const endedBy = this.#ends.get(promptId);
    // Each attempt has one claim, so the end of this attempt is from this worker, acknowledged or not.
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
    // The time of the request counts: a late answer is as old as its request.
    const askedAtMs = performance.now();
    const lastSeqBefore = this.#lastSeq;
    this.#checkEpoch();
    const last = await this.#log.last(this.sessionId);
    const upTo = last?.seq ?? 0;
    // The session's events expired, or the stream was created again.
    const isShorter = upTo < lastSeqBefore;
    if (isShorter) await this.#log.ensure();
    this.#checkEpoch();
    for await (const { bytes, seq } of this.#log.read(this.sessionId, { after: this.#readTo, upTo })) {
      const event = eventIn(bytes);
      if (event) this.#apply(event, seq);
      this.#readTo = seq;
    }
    // An append of this worker may have been stored during this read.
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
