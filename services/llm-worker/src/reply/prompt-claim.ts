import { completeEventId, startEventId, type LogEventOf, type Prompt } from "@natter/protocol";
import { LogAway } from "@natter/session-log";
import type { FencingToken } from "../session/fencing-token.ts";
import type { Ownership, SessionState } from "../session/session-state.ts";
import { startEvent } from "./reply-events.ts";

export interface PromptClaimDeps {
  readonly state: SessionState;
  readonly prompt: Prompt;
  readonly own: { readonly attempt: number; readonly claim: FencingToken; readonly model: string };
  /** How long after a read of the log the worker may act on it. */
  readonly freshMs: number;
  readonly isReleased: () => boolean;
}

/** One worker's claim of one prompt in the log, from `ai_start` to `ai_complete`. */
export class PromptClaim {
  readonly #deps: PromptClaimDeps;
  #isTaken = false;

  constructor(deps: PromptClaimDeps) {
    this.#deps = deps;
  }

  get own(): PromptClaimDeps["own"] {
    return this.#deps.own;
  }

  /** Whether the last read shows that something ended the attempt. Nothing can end it before the log shows its claim. */
  get wasLost(): boolean {
    return this.#isTaken && this.#ownership !== "mine";
  }

  /** Whether the last read shows that another worker owns the prompt, or that the prompt has its end. */
  get isOver(): boolean {
    return this.#ownership === "lost" || this.#ownership === "ended";
  }

  /** The session was deleted after the prompt. */
  get isDeleted(): boolean {
    return this.#deps.state.isDeleted(this.#deps.prompt.promptId);
  }

  isFresh(): boolean {
    return this.#deps.state.isFresh(this.#deps.freshMs);
  }

  /** Reads the log if the last read is too old. @throws LogUnreadable, EpochChanged */
  async freshOwnership(): Promise<Ownership> {
    if (!this.isFresh()) await this.#deps.state.refresh();
    return this.#ownership;
  }

  /** Resolves with whether the log shows this claim. */
  async take(): Promise<boolean> {
    this.#isTaken = await this.#append();
    return this.#isTaken;
  }

  async #append(): Promise<boolean> {
    const { state, prompt, own } = this.#deps;
    const event = startEvent(prompt, own);
    for (;;) {
      try {
        if (await state.append(startEventId(prompt.promptId, own.attempt), event)) return true;
      } catch (error) {
        // The claim may be in the log all the same; a read shows it. The retry uses the same token. With a new token the worker would take its
        // own claim for that of another worker.
        if (!(error instanceof LogAway)) throw error;
      }
      await state.refresh();
      if (this.#ownership === "mine") return true;
      if (!this.#isStillToTake()) return false;
    }
  }

  /** Appends the end of the prompt. False if another event came first. @throws LogAway */
  async end(event: LogEventOf<"ai_complete">): Promise<boolean> {
    const { state, prompt } = this.#deps;
    return state.append(completeEventId(prompt.promptId), event);
  }

  get #ownership(): Ownership {
    const { state, prompt, own } = this.#deps;
    return state.ownershipOf(prompt.promptId, own);
  }

  /** Whether the prompt is unchanged in the log, so that the new events concern other things. */
  #isStillToTake(): boolean {
    const { state, prompt, isReleased } = this.#deps;
    const earliest = state.earliest();
    return (
      !isReleased() &&
      earliest?.promptId === prompt.promptId &&
      earliest.claim === prompt.claim &&
      !earliest.closed
    );
  }
}
