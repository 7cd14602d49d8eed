import type { Connection, SessionLog } from "@natter/session-log";
import { replyIdOf, type Prompt } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { failuresOf } from "../session/fencing-token.ts";
import { problem, type GenerationEnd } from "../reply/generation.ts";
import { maxFailures, type ReplyTimings } from "../reply-timings.ts";
import type { SessionState } from "../session/session-state.ts";
import { askOwner, type OwnerState } from "./owner-question.ts";

/**
 * What is to be done about an open prompt. `look-again`: it changed meanwhile. `leave-to-owner`: another worker answers it. `end`: it
 * ends without the model. `reply`: this worker may claim it; `failures` workers died at it.
 */
export type Outlook =
  | { readonly kind: "look-again" }
  | { readonly kind: "leave-to-owner" }
  | { readonly kind: "end"; readonly end: GenerationEnd }
  | { readonly kind: "reply"; readonly failures: number };

/** The part of a session's log whose deliveries this worker may acknowledge at once. */
export interface Survey {
  readonly readTo: number;
  readonly coveredAbove: number;
}

export interface PromptOutlookDeps {
  readonly connection: Connection;
  readonly connectionNumber: () => number | undefined;
  readonly log: SessionLog;
  readonly state: SessionState;
  readonly timings: ReplyTimings;
  readonly logger: Logger;
  /** Aborts when this worker hands its session over. */
  readonly released: AbortSignal;
}

/** Finds out from the log, and from the owner of a prompt, what is to be done about the prompt. */
export class PromptOutlook {
  readonly #deps: PromptOutlookDeps;

  constructor(deps: PromptOutlookDeps) {
    this.#deps = deps;
  }

  /**
   * What the last read says about deliveries. An event above `coveredAbove` and up to `readTo` needs no worker of its own: either no
   * prompt is open, or an earlier prompt is open whose event is still in the log, and the worker that has this event answers all
   * prompts.
   */
  async survey(): Promise<Survey> {
    const { state } = this.#deps;
    const readTo = state.lastSeq;
    const earliest = state.earliest();
    if (!earliest) return { readTo, coveredAbove: 0 };
    // The broker cannot deliver an event again that is no longer in the log.
    const isHeld = await this.#isInLog(earliest);
    return { readTo, coveredAbove: isHeld ? earliest.position.seq : Number.POSITIVE_INFINITY };
  }

  /** @param seqInHand of the event whose delivery this worker holds */
  async of(prompt: Prompt, seqInHand: number): Promise<Outlook> {
    const { logger, state } = this.#deps;
    const place = { sessionId: state.sessionId, promptId: prompt.promptId };
    // The events of a deleted session leave the log: its prompts are withdrawn, and did not expire.
    if (!prompt.closed && (await this.#isExpired(prompt, seqInHand))) {
      logger.warn(place, "a prompt expired unanswered");
      return { kind: "end", end: problem("expired") };
    }
    let failures = failuresOf(prompt.claim);
    if (prompt.claim !== undefined) {
      const owner = await this.askOwner(prompt);
      if (owner === undefined) return { kind: "look-again" };
      if (owner === "live") return { kind: "leave-to-owner" };
      await state.refresh();
      if (!isSame(state.earliest(), prompt)) return { kind: "look-again" };
      if (owner === "gone") failures++;
      logger.info({ ...place, owner, failures }, "taking a prompt over");
    }
    if (prompt.closed) return { kind: "end", end: { finishReason: "stopped" } };
    if (failures >= maxFailures) return { kind: "end", end: problem("failed_too_often") };
    return { kind: "reply", failures };
  }

  /** `undefined` if the log changed or this worker hands its session over before it is certain. */
  async askOwner(prompt: Prompt): Promise<OwnerState | undefined> {
    const { state, released } = this.#deps;
    return askOwner({
      ...this.#deps,
      sessionId: state.sessionId,
      replyId: replyIdOf(prompt.messageId, prompt.promptId),
      attempt: prompt.attempt,
      isStillOwned: async () => {
        await state.refresh();
        const earliest = state.earliest();
        return earliest?.promptId === prompt.promptId && earliest.claim === prompt.claim;
      },
      signal: released,
    });
  }

  /** Whether the prompt's event is neither in the log nor in hand. */
  async #isExpired(prompt: Prompt, seqInHand: number): Promise<boolean> {
    const { epoch, seq } = prompt.position;
    if (epoch === this.#deps.log.epoch && seq === seqInHand) return false;
    return !(await this.#isInLog(prompt));
  }

  async #isInLog({ position: { epoch, seq } }: Prompt): Promise<boolean> {
    const { log } = this.#deps;
    return epoch === log.epoch && (await log.at(seq)) !== undefined;
  }
}

/** Whether the prompt is still the earliest, and unchanged. */
export function isSame(now: Prompt | undefined, before: Prompt): boolean {
  return (
    now?.promptId === before.promptId &&
    now.attempt === before.attempt &&
    now.claim === before.claim &&
    now.closed === before.closed
  );
}
