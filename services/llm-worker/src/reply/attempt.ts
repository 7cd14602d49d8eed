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

/** `unclaimed`: the log took another event first. `lost`: it shows another claim, or an end. `released`: handed over. */
export type AttemptEnd = "completed" | "unclaimed" | "lost" | "released";

const maxDefects = 3;
const handoverLookMs = 100;

/** One worker's try at one prompt: claim it on the log, stream the model's answer, end it on the log. */
export class Attempt {
  readonly #deps: AttemptDeps;
  readonly #state: SessionState;
  readonly #prompt: Prompt;
  readonly #promptContext: PromptContext;
  readonly #own: { readonly attempt: number; readonly claim: string; readonly model: string };
  readonly #reply: RunningReply;
  readonly #abort = new AbortController();
  /** Ends the model's call after a defect of ours, or when the reply is full. */
  readonly #cut = new AbortController();
  #isClaimed = false;
  #isReleased = false;
  #isFull = false;
  #hasDefect = false;
  #end: GenerationEnd | undefined;

  /** @param failures workers that were lost at this prompt before */
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
    // It listens before it claims: an owner that the log shows can be asked.
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
      // Something may have come between the claim and this line.
      this.onRead();
      failpoint("worker.after-claim");
      this.#reply.own();
      this.#end = await this.#generate();
      return await this.#complete(this.#end);
    } finally {
      // A released one goes on telling others so, until the process ends.
      if (!this.#isReleased) this.#reply.close();
    }
  }

  /** What the model said, if it came to an end of its own. */
  get answer(): string | undefined {
    const isFinished = this.#end?.finishReason === "stop" || this.#end?.finishReason === "length";
    return isFinished ? this.#reply.said.text : undefined;
  }

  /** The session's events were read: a stop, a deletion or another worker's claim ends the model's call. */
  onRead(): void {
    // Before the log shows the claim nothing can have ended it.
    if (this.#isClaimed && this.#ownership !== "mine") this.#abort.abort();
  }

  /** Hands the prompt over: a worker that asks gets the state `released`. */
  release(): void {
    this.#isReleased = true;
    this.#reply.release();
    this.#abort.abort();
  }

  /** Resolves when the log shows that another worker has it, at the latest after a while. */
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

  /** True if the log shows this claim. */
  async #claim(): Promise<boolean> {
    const { promptId } = this.#prompt;
    const event = startEvent(this.#prompt, this.#own);
    for (;;) {
      try {
        if (await this.#state.append(startEventId(promptId, this.#own.attempt), event)) return true;
      } catch (error) {
        // It may be in the log all the same: reading tells. The same claim is tried again, or it would be
        // taken for a stranger's.
        if (!(error instanceof LogAway)) throw error;
      }
      await this.#state.refresh();
      if (this.#ownership === "mine") return true;
      if (!this.#isStillToClaim()) return false;
    }
  }

  /** Whether the log shows the prompt as it was: what came in between was about something else. */
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

  /** The reply ends with what was said so far. */
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

  /** A provider that was interrupted says no usage, and some never do. */
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

  /** Appends the one end of the prompt, unless the log shows that it is no longer this worker's to end. */
  async #complete(end: GenerationEnd): Promise<AttemptEnd> {
    let defects = 0;
    for (const backoff = new Backoff(); ;) {
      if (this.#isReleased) return "released";
      try {
        const ended = await this.#tryComplete(end, defects);
        if (ended) return ended;
      } catch (error) {
        // The prompt is in a log that is no more; the next worker that runs the session finds it expired.
        if (error instanceof EpochChanged) return "lost";
        if (!isOutage(error) && !isBroken("worker.endless-retry")) {
          this.#onDefect(error);
          // An outage passes, a defect stays: the second one costs the end its text, the last one the attempt.
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

  /** `undefined`: it may be tried again at once. */
  async #tryComplete(end: GenerationEnd, defects: number): Promise<AttemptEnd | undefined> {
    const { promptId } = this.#prompt;
    if (!this.#isFresh()) await this.#state.refresh();
    const ownership = this.#ownership;
    if (ownership === "ended") return "completed";
    if (ownership === "lost" && !isBroken("worker.no-fence")) return "lost";
    // The last words of a reply in a deleted session are said to nobody.
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
    // What was shown is kept, unless the text itself is what cannot be appended.
    const kept = defects < 2 ? { text, reasoning } : { text: "", reasoning: "" };
    const how = this.#hasDefect ? { ...end, ...problem("internal") } : end;
    return completeEvent(this.#prompt, { ...this.#own, chunks, ...kept, end: how });
  }

  #isFresh(): boolean {
    return this.#state.isFresh(this.#deps.config.timings.ackWaitMs / 2);
  }
}
