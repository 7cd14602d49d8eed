import { setTimeout as sleep } from "node:timers/promises";
import { isOutage, type Connection } from "@natter/session-log";
import { replyIdOf, type LogEventOf, type Prompt } from "@natter/protocol";
import { Backoff, failpoint, isBroken, type Logger } from "@natter/runtime";
import type { FlushTimer } from "./chunk-coalescer.ts";
import { AnswerStream } from "./answer-stream.ts";
import { createFencingToken } from "../session/fencing-token.ts";
import { inBulkhead } from "../models/bulkhead.ts";
import type { Config } from "../config.ts";
import type { PromptContext } from "../context/context-reader.ts";
import { problem, type GenerationEnd } from "./generation.ts";
import type { Model } from "../models/model.ts";
import { PromptClaim } from "./prompt-claim.ts";
import { completeEvent, discardedEvent } from "./reply-events.ts";
import { RunningReply } from "./running-reply.ts";
import { EpochChanged, type SessionState } from "../session/session-state.ts";

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
  readonly #claim: PromptClaim;
  readonly #reply: RunningReply;
  readonly #answer: AnswerStream;
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
    const { promptContext, failures } = given;
    const { model } = promptContext;
    const own = { attempt: prompt.attempt + 1, claim: createFencingToken(failures), model };
    const place = { sessionId: state.sessionId, promptId: prompt.promptId };
    const freshMs = deps.config.timings.ackWaitMs / 2;
    this.#claim = new PromptClaim({ state, prompt, own, freshMs, isReleased: () => this.#reply.isReleased });
    // The subscription comes before the claim: other workers can ask an owner as soon as the log shows it.
    this.#reply = new RunningReply({
      connection: deps.connection,
      timer: deps.timer,
      windowMs: deps.config.chunkWindowMs,
      sessionId: place.sessionId,
      id: replyIdOf(prompt.messageId, prompt.promptId),
      ...own,
      isFresh: () => this.#claim.isFresh(),
      onDefect: (error) => this.#answer.fail(error),
    });
    this.#answer = new AnswerStream({
      ...deps,
      limits: deps.config.model,
      promptContext,
      reply: this.#reply,
      place,
    });
  }

  async run(): Promise<AttemptEnd> {
    return inBulkhead(
      (error) => this.#answer.fail(error),
      async () => this.#run(),
    );
  }

  async #run(): Promise<AttemptEnd> {
    try {
      if (!(await this.#claim.take())) return "unclaimed";
      // An event may have come between the claim and this line.
      this.onRead();
      failpoint("worker.after-claim");
      this.#reply.own();
      this.#end = await this.#answer.run();
      return await this.#complete(this.#end);
    } finally {
      // A released attempt continues to answer "released" until the process ends.
      if (!this.#reply.isReleased) this.#reply.close();
    }
  }

  /** The text of the model, if the model ended it. */
  get answer(): string | undefined {
    const isFinished = this.#end?.finishReason === "stop" || this.#end?.finishReason === "length";
    return isFinished ? this.#reply.said.text : undefined;
  }

  /** Call this after a read of the session's events: a stop, a deletion or another worker's claim aborts the call of the model. */
  onRead(): void {
    if (this.#claim.wasLost) this.#answer.stop();
  }

  /** Hands the prompt over: other workers get the state `released`. */
  release(): void {
    this.#reply.release();
    this.#answer.stop();
  }

  /** Resolves when the log shows that another worker owns the prompt, or after a timeout. */
  async untilTaken(): Promise<void> {
    const deadlineMs = performance.now() + this.#deps.config.timings.releaseMs;
    while (performance.now() < deadlineMs) {
      if (this.#claim.isOver) break;
      await sleep(handoverLookMs);
      await this.#state.refresh().catch(() => undefined);
    }
    this.#reply.close();
  }

  /** Appends the end of the prompt, unless the log shows that another worker owns the prompt. */
  async #complete(end: GenerationEnd): Promise<AttemptEnd> {
    let defects = 0;
    for (const backoff = new Backoff(); ;) {
      if (this.#reply.isReleased) return "released";
      try {
        const ended = await this.#tryComplete(end, defects);
        if (ended) return ended;
      } catch (error) {
        // The log of this prompt does not exist any more. The next worker of the session finds the prompt expired.
        if (error instanceof EpochChanged) return "lost";
        if (!isOutage(error) && !isBroken("worker.endless-retry")) {
          this.#answer.fail(error);
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
    const ownership = await this.#claim.freshOwnership();
    if (ownership === "ended") return "completed";
    if (ownership === "lost" && !isBroken("worker.no-fence")) return "lost";
    // The last chunks of a reply in a deleted session are not published.
    const isDeleted = this.#claim.isDeleted;
    if (defects === 0 && !isDeleted && !(await this.#reply.finish())) return undefined;
    const event = this.#completeEvent(end, defects);
    failpoint("worker.before-complete");
    if (await this.#claim.end(event)) {
      failpoint("worker.after-complete");
      return "completed";
    }
    await this.#state.refresh();
    return undefined;
  }

  #completeEvent(end: GenerationEnd, defects: number): LogEventOf<"ai_complete"> {
    const { own } = this.#claim;
    if (this.#claim.isDeleted) return discardedEvent(this.#prompt, own);
    const { text, reasoning, chunks } = this.#reply.said;
    // The end holds the published text, unless that text is the reason why the append fails.
    const kept = defects < 2 ? { text, reasoning } : { text: "", reasoning: "" };
    const how = this.#answer.hasFailed ? { ...end, ...problem("internal") } : end;
    return completeEvent(this.#prompt, { ...own, chunks, ...kept, end: how });
  }
}
