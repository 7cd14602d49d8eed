import { setTimeout as sleep } from "node:timers/promises";
import { isOutage, LogAway, type Connection } from "@natter/session-log";
import { completeEventId, replyIdOf, startEventId, type LogEventOf, type Prompt } from "@natter/protocol";
import { Backoff, failpoint, isBroken, type Logger } from "@natter/runtime";
import type { FlushTimer } from "./chunk-coalescer.ts";
import { createFencingToken } from "../session/fencing-token.ts";
import { inBulkhead } from "../models/bulkhead.ts";
import type { Config } from "../config.ts";
import type { PromptContext } from "../context/context-reader.ts";
import { generate, problem, type GenerationEnd } from "./generation.ts";
import type { Model, ModelPart } from "../models/model.ts";
import type { ModelFailure } from "../models/provider-failure.ts";
import { completeEvent, discardedEvent, startEvent } from "./reply-events.ts";
import { RunningReply } from "./running-reply.ts";
import { EpochChanged, type SessionState } from "../session/session-state.ts";
import { estimateUsage } from "./usage-estimate.ts";

export interface AttemptDeps {
  readonly config: Config;
  readonly connection: Connection;
  readonly model: Model;
  readonly timer: FlushTimer;
  readonly logger: Logger;
}

/** `unclaimed`: another event was stored first. `lost`: it shows another claim, or an end. `released`: handed over. */
export type AttemptEnd = "completed" | "unclaimed" | "lost" | "released";

const maxDefects = 3;
const handoverLookMs = 100;

/** One worker's try at one prompt: it claims the prompt in the log, streams the model's answer, and ends the prompt in the log. */
export class Attempt {
  readonly #deps: AttemptDeps;
  readonly #state: SessionState;
  readonly #prompt: Prompt;
  readonly #promptContext: PromptContext;
  readonly #own: { readonly attempt: number; readonly claim: string; readonly model: string };
  readonly #reply: RunningReply;
  readonly #abort = new AbortController();
  /** Aborts the call of the model after a defect of our own, or when the reply has reached its limit. */
  readonly #cut = new AbortController();
  #isClaimed = false;
  #isReleased = false;
  #isFull = false;
  #hasDefect = false;
  #end: GenerationEnd | undefined;

  /** @param failures workers that died at this prompt before */
  constructor(
    deps: AttemptDeps,
    state: SessionState,
    prompt: Prompt,
    given: { promptContext: PromptContext; failures: number },
  ) {
    this.#deps = deps;
    this.#state = state;
    this.#prompt = prompt;
    this.#promptContext = given.promptContext;
    this.#own = {
      attempt: prompt.attempt + 1,
      claim: createFencingToken(given.failures),
      model: given.promptContext.model,
    };
    // The subscription comes before the claim: other workers can ask an owner as soon as the log shows it.
    this.#reply = new RunningReply({
      connection: deps.connection,
      timer: deps.timer,
      windowMs: deps.config.chunkWindowMs,
      sessionId: state.sessionId,
      id: replyIdOf(prompt.messageId, prompt.promptId),
      attempt: this.#own.attempt,
      claim: this.#own.claim,
      isFresh: () => this.#isFresh(),
      onDefect: (error) => this.#onDefect(error),
    });
  }

  async run(): Promise<AttemptEnd> {
    return inBulkhead(
      (error) => this.#onDefect(error),
      async () => this.#run(),
    );
  }

  async #run(): Promise<AttemptEnd> {
    try {
      if (!(await this.#claim())) return "unclaimed";
      this.#isClaimed = true;
      // An event may have come between the claim and this line.
      this.onRead();
      failpoint("worker.after-claim");
      this.#reply.own();
      this.#end = await this.#generate();
      return await this.#complete(this.#end);
    } finally {
      // A released attempt continues to answer "released" until the process ends.
      if (!this.#isReleased) this.#reply.close();
    }
  }

  /** The text of the model, if the model ended it. */
  get answer(): string | undefined {
    const isFinished = this.#end?.finishReason === "stop" || this.#end?.finishReason === "length";
    return isFinished ? this.#reply.said.text : undefined;
  }

  /** Call this after a read of the session's events: a stop, a deletion or another worker's claim aborts the call of the model. */
  onRead(): void {
    // No event can end the attempt before the log shows its claim.
    if (this.#isClaimed && this.#ownership !== "mine") this.#abort.abort();
  }

  /** Hands the prompt over: other workers get the state `released`. */
  release(): void {
    this.#isReleased = true;
    this.#reply.release();
    this.#abort.abort();
  }

  /** Resolves when the log shows that another worker owns the prompt, or after a timeout. */
  async untilTaken(): Promise<void> {
    const deadlineMs = performance.now() + this.#deps.config.timings.releaseMs;
    while (performance.now() < deadlineMs) {
      if (this.#ownership === "lost" || this.#ownership === "ended") break;
      await sleep(handoverLookMs);
      await this.#state.refresh().catch(() => undefined);
    }
    this.#reply.close();
  }

  get #ownership(): ReturnType<SessionState["ownershipOf"]> {
    return this.#state.ownershipOf(this.#prompt.promptId, this.#own);
  }

  /** Whether the log shows this claim. */
  async #claim(): Promise<boolean> {
    const { promptId } = this.#prompt;
    const event = startEvent(this.#prompt, this.#own);
    for (;;) {
      try {
        if (await this.#state.append(startEventId(promptId, this.#own.attempt), event)) return true;
      } catch (error) {
        // The claim may be in the log all the same; a read shows it. The retry uses the same token. With a new token the worker would take its
        // own claim for that of another worker.
        if (!(error instanceof LogAway)) throw error;
      }
      await this.#state.refresh();
      if (this.#ownership === "mine") return true;
      if (!this.#isStillToClaim()) return false;
    }
  }

  /** Whether the prompt is unchanged in the log, so that the new events concern other things. */
  #isStillToClaim(): boolean {
    const earliest = this.#state.earliest();
    return (
      !this.#isReleased &&
      earliest?.promptId === this.#prompt.promptId &&
      earliest.claim === this.#prompt.claim &&
      !earliest.closed
    );
  }

  async #generate(): Promise<GenerationEnd> {
    const { config, model } = this.#deps;
    const end = await generate({
      model,
      modelName: this.#promptContext.model,
      messages: this.#promptContext.messages,
      ...config.model,
      signal: AbortSignal.any([this.#abort.signal, this.#cut.signal]),
      onPart: (part) => this.#onPart(part),
      onFailure: (failure, retryMs) => this.#logFailure(failure, retryMs),
      onDefect: (error) => this.#onDefect(error),
    });
    if (this.#abort.signal.aborted) return this.#withUsage(end);
    if (this.#hasDefect) return this.#withUsage({ ...end, ...problem("internal") });
    return this.#withUsage(this.#isFull ? { ...end, finishReason: "length" } : end);
  }

  #onPart(part: ModelPart): void {
    if (this.#reply.hasBegun) failpoint("worker.after-first-chunk");
    if (this.#reply.add(part)) return;
    this.#isFull = true;
    this.#cut.abort();
  }

  /** Ends the reply with the text so far. */
  #onDefect(error: unknown): void {
    const { sessionId } = this.#state;
    this.#deps.logger.error({ err: error, sessionId, promptId: this.#prompt.promptId }, "a reply failed");
    this.#hasDefect = true;
    this.#cut.abort();
  }

  #logFailure({ code, status, message, requestId }: ModelFailure, retryMs: number | undefined): void {
    const { sessionId } = this.#state;
    this.#deps.logger.warn(
      { sessionId, code, status, said: message, requestId, retryMs },
      "the model's provider failed",
    );
  }

  /** An aborted request has no usage, and some providers never send it. */
  async #withUsage(end: GenerationEnd): Promise<GenerationEnd> {
    const { text, reasoning } = this.#reply.said;
    const wasAnswered = text !== "" || reasoning !== "" || end.finishReason === "stop";
    if (end.usage || !wasAnswered || this.#isReleased) return end;
    try {
      return { ...end, usage: await estimateUsage(this.#promptContext.messages, [reasoning, text]) };
    } catch (error) {
      this.#deps.logger.error({ err: error, sessionId: this.#state.sessionId }, "usage cannot be estimated");
      return end;
    }
  }

  /** Appends the end of the prompt, unless the log shows that another worker owns the prompt. */
  async #complete(end: GenerationEnd): Promise<AttemptEnd> {
    let defects = 0;
    for (const backoff = new Backoff(); ;) {
      if (this.#isReleased) return "released";
      try {
        const ended = await this.#tryComplete(end, defects);
        if (ended) return ended;
      } catch (error) {
        // The log of this prompt does not exist any more. The next worker of the session finds the prompt expired.
        if (error instanceof EpochChanged) return "lost";
        if (!isOutage(error) && !isBroken("worker.endless-retry")) {
          this.#onDefect(error);
          // An outage passes, a defect stays: after a second defect the end has no text, after the last one the attempt ends.
          if (++defects >= maxDefects) throw error;
        } else {
          const { sessionId } = this.#state;
          this.#deps.logger.warn({ err: error, sessionId }, "a reply cannot be completed yet");
        }
        await backoff.wait();
        await this.#state.refresh().catch(() => undefined);
      }
    }
  }

  /** `undefined` if a retry may follow at once. */
  async #tryComplete(end: GenerationEnd, defects: number): Promise<AttemptEnd | undefined> {
    const { promptId } = this.#prompt;
    if (!this.#isFresh()) await this.#state.refresh();
    const ownership = this.#ownership;
    if (ownership === "ended") return "completed";
    if (ownership === "lost" && !isBroken("worker.no-fence")) return "lost";
    // The last chunks of a reply in a deleted session are not published.
    const isDeleted = this.#state.isDeleted(promptId);
    if (defects === 0 && !isDeleted && !(await this.#reply.finish())) return undefined;
    const event = this.#completeEvent(end, defects);
    failpoint("worker.before-complete");
    if (await this.#state.append(completeEventId(promptId), event)) {
      failpoint("worker.after-complete");
      return "completed";
    }
    await this.#state.refresh();
    return undefined;
  }

  #completeEvent(end: GenerationEnd, defects: number): LogEventOf<"ai_complete"> {
    if (this.#state.isDeleted(this.#prompt.promptId)) return discardedEvent(this.#prompt, this.#own);
    const { text, reasoning, chunks } = this.#reply.said;
    // The end holds the published text, unless that text is the reason why the append fails.
    const kept = defects < 2 ? { text, reasoning } : { text: "", reasoning: "" };
    const how = this.#hasDefect ? { ...end, ...problem("internal") } : end;
    return completeEvent(this.#prompt, { ...this.#own, chunks, ...kept, end: how });
  }

  #isFresh(): boolean {
    return this.#state.isFresh(this.#deps.config.timings.ackWaitMs / 2);
  }
}
