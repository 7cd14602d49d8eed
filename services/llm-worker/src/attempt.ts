import { LogAway, type Connection } from "@natter/broker";
import { completeEventId, replyIdOf, startEventId, type Prompt } from "@natter/protocol";
import type { Logger } from "@natter/service";
import type { FlushTimer } from "./chunk-coalescer.ts";
import { createClaim } from "./claim.ts";
import type { Config } from "./config.ts";
import type { Briefing } from "./context-reader.ts";
import { generate, type GenerationEnd } from "./generation.ts";
import type { Model } from "./model.ts";
import { completeEvent, startEvent } from "./reply-events.ts";
import { RunningReply } from "./running-reply.ts";
import type { SessionState } from "./session-state.ts";

export interface AttemptParts {
  readonly config: Config;
  readonly connection: Connection;
  readonly model: Model;
  readonly timer: FlushTimer;
  readonly logger: Logger;
}

/** `unclaimed`: the log took another event first. `lost`: it shows another claim, or an end. `released`: given up. */
export type AttemptEnd = "completed" | "unclaimed" | "lost" | "released";

const mostRetryMs = 2_000;

/** One worker's try at one prompt: claim it on the log, stream the model's words, end it on the log. */
export class Attempt {
  readonly #parts: AttemptParts;
  readonly #state: SessionState;
  readonly #prompt: Prompt;
  readonly #briefing: Briefing;
  readonly #own: { readonly attempt: number; readonly claim: string; readonly model: string };
  readonly #reply: RunningReply;
  readonly #abort = new AbortController();
  #handover: Promise<void> | undefined;

  /** @param failures workers that were lost at this prompt before */
  constructor(
    parts: AttemptParts,
    state: SessionState,
    prompt: Prompt,
    given: { briefing: Briefing; failures: number },
  ) {
    this.#parts = parts;
    this.#state = state;
    this.#prompt = prompt;
    this.#briefing = given.briefing;
    this.#own = {
      attempt: prompt.attempt + 1,
      claim: createClaim(given.failures),
      model: given.briefing.model,
    };
    // It listens before it claims: an owner that the log shows can be asked.
    this.#reply = new RunningReply({
      connection: parts.connection,
      timer: parts.timer,
      windowMs: parts.config.chunkWindowMs,
      sessionId: state.sessionId,
      id: replyIdOf(prompt.messageId, prompt.promptId),
      attempt: this.#own.attempt,
      claim: this.#own.claim,
      isFresh: () => this.#isFresh(),
    });
  }

  async run(): Promise<AttemptEnd> {
    try {
      if (!(await this.#claim())) return "unclaimed";
      this.#reply.own();
      const end = await this.#generate();
      return await this.#complete(end);
    } finally {
      // Others are told to take over for a while after the event was given back.
      void (this.#handover ?? Promise.resolve()).then(() => this.#reply.close());
    }
  }

  /** The session's events were read: a stop, a deletion or another worker's claim ends the model's call. */
  onRead(): void {
    if (this.#state.standingOf(this.#prompt.promptId, this.#own.claim) !== "mine") this.#abort.abort();
  }

  /** Gives it up. Resolves when another worker has been told so, at the latest after a while. */
  async release(): Promise<void> {
    this.#handover ??= this.#reply.release(this.#parts.config.timings.releaseMs);
    this.#abort.abort();
    await this.#handover;
  }

  /** True if the log shows this claim. */
  async #claim(): Promise<boolean> {
    const { promptId } = this.#prompt;
    try {
      const event = startEvent(this.#prompt, this.#own);
      if (await this.#state.append(startEventId(promptId, this.#own.attempt), event)) return true;
    } catch (error) {
      // It may be in the log all the same: reading tells.
      if (!(error instanceof LogAway)) throw error;
    }
    await this.#state.refresh();
    return this.#state.standingOf(promptId, this.#own.claim) === "mine";
  }

  async #generate(): Promise<GenerationEnd> {
    const { config, model } = this.#parts;
    const full = new AbortController();
    const end = await generate({
      model,
      modelName: this.#briefing.model,
      messages: this.#briefing.messages,
      ...config.model,
      signal: AbortSignal.any([this.#abort.signal, full.signal]),
      onText: (text) => {
        if (!this.#reply.add(text)) full.abort();
      },
      onReasoning: (text) => void this.#reply.add(text, "reasoning"),
    });
    return full.signal.aborted && !this.#abort.signal.aborted ? { ...end, finishReason: "length" } : end;
  }

  /** Appends the one end of the prompt, unless the log shows that it is no longer this worker's to end. */
  async #complete(end: GenerationEnd): Promise<AttemptEnd> {
    const { promptId } = this.#prompt;
    for (let retryMs = 100; ; retryMs = Math.min(retryMs * 2, mostRetryMs)) {
      if (this.#handover) return "released";
      try {
        if (!this.#isFresh()) await this.#state.refresh();
        if (this.#state.standingOf(promptId, this.#own.claim) === "lost") return "lost";
        if (!(await this.#reply.finish())) continue;
        const { text, chunks } = this.#reply.said;
        const event = completeEvent(this.#prompt, { ...this.#own, chunks, text, end });
        if (await this.#state.append(completeEventId(promptId), event)) return "completed";
        await this.#state.refresh();
      } catch (error) {
        this.#parts.logger.warn(
          { err: error, sessionId: this.#state.sessionId },
          "a reply cannot be completed yet",
        );
        await new Promise((resolve) => setTimeout(resolve, retryMs));
      }
    }
  }

  #isFresh(): boolean {
    return this.#state.isFresh(this.#parts.config.timings.ackWaitMs / 2);
  }
}
