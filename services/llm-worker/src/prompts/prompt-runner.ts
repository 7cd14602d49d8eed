import { isOutage, type SessionLog, type SessionView } from "@natter/session-log";
import { completeEventId, type Prompt } from "@natter/protocol";
import { aborted } from "@natter/runtime";
import { Attempt, type AttemptDeps } from "../reply/attempt.ts";
import type { PromptContext, ContextReader } from "../context/context-reader.ts";
import { problem, type GenerationEnd } from "../reply/generation.ts";
import { isSame, PromptOutlook, type Survey } from "./prompt-outlook.ts";
import { completeEvent, discardedEvent } from "../reply/reply-events.ts";
import { EpochChanged, SessionState } from "../session/session-state.ts";
import type { SuspectGate } from "./suspect-gate.ts";
import type { TitleWriter } from "../titles/title-writer.ts";

export interface PromptRunnerDeps extends AttemptDeps {
  readonly log: SessionLog;
  readonly view: SessionView;
  readonly context: ContextReader;
  /** Unset: sessions have the titles that people give them, and no others. */
  readonly titles: TitleWriter | undefined;
  readonly gate: SuspectGate;
  readonly connectionNumber: () => number | undefined;
}

/** What the broker gets for the delivery of a run. `leave`: nothing, because another worker has the session now. */
export type AckDecision =
  | { readonly kind: "ack" }
  | { readonly kind: "nak"; readonly delayMs: number }
  | { readonly kind: "leave" };

/**
 * Answers the open prompts of one session, earliest first, one at a time, as long as there are any. The event
 * in hand stays unacknowledged meanwhile: if this worker dies, the broker delivers it to the next one.
 *
 * Between any two steps another worker may do the same. The log decides: every step is an append on the
 * condition that the session has no newer event than the last one read.
 */
export class PromptRunner {
  readonly #deps: PromptRunnerDeps;
  readonly #state: SessionState;
  /** The sequence of the event in hand during a run; 0 before it. */
  #seq = 0;
  readonly #released = new AbortController();
  readonly #outlook: PromptOutlook;
  /** Aborts when the prompt that waits at the gate is no longer the earliest, or no longer the same. */
  #wait: { readonly prompt: Prompt; readonly abort: AbortController } | undefined;
  #attempt: { readonly attempt: Attempt; readonly ended: Promise<unknown> } | undefined;

  private constructor(deps: PromptRunnerDeps, state: SessionState) {
    this.#deps = deps;
    this.#state = state;
    const { timings } = deps.config;
    this.#outlook = new PromptOutlook({ ...deps, state, timings, released: this.#released.signal });
  }

  /** Reads the session's open prompts. */
  static async open(deps: PromptRunnerDeps, sessionId: string): Promise<PromptRunner> {
    return new PromptRunner(deps, await SessionState.read(sessionId, deps.log, deps.view));
  }

  async survey(): Promise<Survey> {
    return this.#outlook.survey();
  }

  /** @param seq of the event in hand */
  async run(seq: number): Promise<AckDecision> {
    this.#seq = seq;
    while (!this.#released.signal.aborted) {
      const prompt = this.#state.earliest();
      if (!prompt) return { kind: "ack" };
      const decision = await this.#advance(prompt);
      if (decision) return decision;
      await this.#state.refresh();
    }
    return { kind: "nak", delayMs: 0 };
  }

  /** Every few seconds, and when something was withdrawn: reads the session's new events. */
  async tick(): Promise<void> {
    await this.#state.refresh();
    this.#attempt?.attempt.onRead();
    if (this.#wait && !isSame(this.#state.earliest(), this.#wait.prompt)) this.#wait.abort.abort();
  }

  /** Ends the earliest prompt after defects that came again at each try, unless another worker answers it. */
  async endAfterDefects(): Promise<void> {
    const prompt = this.#state.earliest();
    if (!prompt) return;
    const { sessionId } = this.#state;
    if (prompt.claim !== undefined && (await this.#outlook.askOwner(prompt)) === "live") return;
    this.#deps.logger.error({ sessionId, promptId: prompt.promptId }, "a prompt is given up after defects");
    await this.#endWithoutModel(prompt, problem("internal"));
  }

  /** Begins no further reply. The reply in hand may end until `deadline` aborts. Then the runner hands it over. */
  async release(deadline: AbortSignal): Promise<void> {
    this.#released.abort();
    if (!this.#attempt) return;
    const { attempt, ended } = this.#attempt;
    if (await Promise.race([ended.then(() => true), aborted(deadline)])) return;
    attempt.release();
    await attempt.untilTaken();
  }

  /** One step for the earliest prompt. `undefined`: look again. */
  async #advance(prompt: Prompt): Promise<AckDecision | undefined> {
    const outlook = await this.#outlook.of(prompt, this.#seq);
    switch (outlook.kind) {
      case "look-again":
        return undefined;
      case "leave-to-owner":
        return { kind: "nak", delayMs: this.#deps.config.timings.nakMs };
      case "end":
        return this.#endWithoutModel(prompt, outlook.end);
      case "reply":
        return this.#reply(prompt, outlook.failures);
    }
  }

  async #endWithoutModel(prompt: Prompt, end: GenerationEnd): Promise<undefined> {
    const model = this.#deps.context.defaultModel;
    const event = prompt.deleted
      ? discardedEvent(prompt, { attempt: 0, model })
      : completeEvent(prompt, { attempt: 0, chunks: 0, text: "", end, model });
    await this.#state.append(completeEventId(prompt.promptId), event);
    return undefined;
  }

  /** A defect must not come back for ever and block its session; an outage passes. */
  async #readContext(prompt: Prompt): Promise<PromptContext | undefined | "defect"> {
    const { sessionId } = this.#state;
    try {
      return await this.#deps.context.read(sessionId, prompt.messageId);
    } catch (error) {
      if (isPassing(error)) throw error;
      this.#deps.logger.error({ err: error, sessionId }, "a session's context cannot be read");
      return "defect";
    }
  }

  /** Waits until the prompt may run beside what else runs here. `undefined`: it changed meanwhile, look again. */
  async #enterGate(prompt: Prompt, failures: number): Promise<(() => void) | undefined> {
    const abort = new AbortController();
    this.#wait = { prompt, abort };
    try {
      return await this.#deps.gate.enter(failures, AbortSignal.any([abort.signal, this.#released.signal]));
    } finally {
      this.#wait = undefined;
    }
  }

  async #reply(prompt: Prompt, failures: number): Promise<AckDecision | undefined> {
    const leave = await this.#enterGate(prompt, failures);
    if (!leave) return undefined;
    try {
      const promptContext = await this.#readContext(prompt);
      if (promptContext === "defect") return await this.#endWithoutModel(prompt, problem("internal"));
      if (!promptContext) return await this.#endWithoutModel(prompt, problem("not_found"));
      if (this.#released.signal.aborted) return undefined;
      return await this.#attemptAt(prompt, { promptContext, failures });
    } finally {
      leave();
    }
  }

  async #attemptAt(
    prompt: Prompt,
    given: { promptContext: PromptContext; failures: number },
  ): Promise<AckDecision | undefined> {
    const attempt = new Attempt(this.#deps, this.#state, prompt, given);
    const running = attempt.run();
    this.#attempt = { attempt, ended: running.catch(() => undefined) };
    try {
      const end = await running;
      if (end === "released") return { kind: "nak", delayMs: 0 };
      const { answer } = attempt;
      const { promptContext } = given;
      if (end === "completed" && answer !== undefined && promptContext.isUntitled)
        this.#deps.titles?.begin(this.#state.sessionId, { promptContext, answer, asked: prompt.position });
      return end === "lost" ? { kind: "leave" } : undefined;
    } finally {
      this.#attempt = undefined;
    }
  }
}

/** Whether the error may be over when the worker tries again soon. */
export function isPassing(error: unknown): boolean {
  return isOutage(error) || error instanceof EpochChanged;
}
