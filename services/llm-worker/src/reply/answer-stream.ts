import { failpoint, type Logger } from "@natter/runtime";
import type { Config } from "../config.ts";
import type { PromptContext } from "../context/context-reader.ts";
import type { Model, ModelPart } from "../models/model.ts";
import type { ModelFailure } from "../models/provider-failure.ts";
import { generate, problem, type GenerationEnd } from "./generation.ts";
import type { RunningReply } from "./running-reply.ts";
import { estimateUsage } from "./usage-estimate.ts";

export interface AnswerStreamDeps {
  readonly model: Model;
  readonly limits: Config["model"];
  readonly promptContext: PromptContext;
  /** Gets the text. */
  readonly reply: RunningReply;
  /** For log lines. */
  readonly place: { readonly sessionId: string; readonly promptId: string };
  readonly logger: Logger;
}

/** The model's answer on its way into a running reply. It ends early if somebody stops it, if the reply is full, or after a defect. */
export class AnswerStream {
  readonly #deps: AnswerStreamDeps;
  readonly #stopped = new AbortController();
  /** Aborts the call of the model after a defect of our own, or when the reply has reached its limit. */
  readonly #cut = new AbortController();
  #isFull = false;
  #hasFailed = false;

  constructor(deps: AnswerStreamDeps) {
    this.#deps = deps;
  }

  /** Whether the worker had a defect, so that the reply ends with an error. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Resolves with the end of the answer, in every case. */
  async run(): Promise<GenerationEnd> {
    const { model, limits, promptContext } = this.#deps;
    const end = await generate({
      model,
      modelName: promptContext.model,
      messages: promptContext.messages,
      ...limits,
      signal: AbortSignal.any([this.#stopped.signal, this.#cut.signal]),
      onPart: (part) => this.#onPart(part),
      onFailure: (failure, retryMs) => this.#logFailure(failure, retryMs),
      onDefect: (error) => this.fail(error),
    });
    if (this.#stopped.signal.aborted) return this.#withUsage(end);
    if (this.#hasFailed) return this.#withUsage({ ...end, ...problem("internal") });
    return this.#withUsage(this.#isFull ? { ...end, finishReason: "length" } : end);
  }

  /** The answer ends here, because nobody wants the rest. */
  stop(): void {
    this.#stopped.abort();
  }

  /** Ends the reply with the text so far. */
  fail(error: unknown): void {
    this.#deps.logger.error({ err: error, ...this.#deps.place }, "a reply failed");
    this.#hasFailed = true;
    this.#cut.abort();
  }

  #onPart(part: ModelPart): void {
    const { reply } = this.#deps;
    if (reply.hasBegun) failpoint("worker.after-first-chunk");
    if (reply.add(part)) return;
    this.#isFull = true;
    this.#cut.abort();
  }

  #logFailure({ code, status, message, requestId }: ModelFailure, retryMs: number | undefined): void {
    const { sessionId } = this.#deps.place;
    this.#deps.logger.warn(
      { sessionId, code, status, said: message, requestId, retryMs },
      "the model's provider failed",
    );
  }

  /** An aborted request has no usage, and some providers never send it. */
  async #withUsage(end: GenerationEnd): Promise<GenerationEnd> {
    const { reply, promptContext, place, logger } = this.#deps;
    const { text, reasoning } = reply.said;
    const wasAnswered = text !== "" || reasoning !== "" || end.finishReason === "stop";
    if (end.usage || !wasAnswered || reply.isReleased) return end;
    try {
      return { ...end, usage: await estimateUsage(promptContext.messages, [reasoning, text]) };
    } catch (error) {
      logger.error({ err: error, sessionId: place.sessionId }, "usage cannot be estimated");
      return end;
    }
  }
}
