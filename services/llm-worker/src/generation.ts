/** One call of the model, watched: what it says, and how it ended, whatever happens. */
import { ModelFailure, type Model, type ModelMessage, type TokenUsage } from "./model.ts";
import type { FinishReason, ReplyErrorCode } from "@natter/protocol";

export interface GenerationOptions {
  readonly model: Model;
  readonly modelName: string;
  readonly messages: readonly ModelMessage[];
  readonly replyTokens: number;
  readonly firstTokenMs: number;
  readonly idleMs: number;
  readonly totalMs: number;
  /** Ends the generation from outside. */
  readonly signal: AbortSignal;
  readonly onText: (text: string) => void;
  readonly onReasoning: (text: string) => void;
  /** Hears of what is not the model's fault. */
  readonly onDefect: (error: unknown) => void;
}

export interface GenerationEnd {
  readonly finishReason: FinishReason;
  readonly error?: { readonly code: ReplyErrorCode; readonly message: string };
  readonly usage?: TokenUsage;
  readonly firstTokenMs?: number;
}

const mostTries = 4;
const firstRetryMs = 500;
const mostRetryMs = 30_000;
const shownErrorLength = 300;

class Watch {
  readonly controller = new AbortController();
  code: ReplyErrorCode | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #total: NodeJS.Timeout;

  constructor(totalMs: number) {
    this.#total = setTimeout(() => this.#fire("deadline"), totalMs);
  }

  /** The model has to say something within `ms`. Comments that keep a connection alive do not count. */
  expectWithin(ms: number): void {
    if (this.#idle) this.#idle.refresh();
    else this.#idle = setTimeout(() => this.#fire("stalled"), ms);
  }

  /** From now on within another time. */
  forget(): void {
    clearTimeout(this.#idle);
    this.#idle = undefined;
  }

  close(): void {
    this.forget();
    clearTimeout(this.#total);
  }

  #fire(code: ReplyErrorCode): void {
    this.code ??= code;
    this.controller.abort();
  }
}

/**
 * Resolves with the end of the answer; it never throws. Failures are retried as the provider asks, but only
 * as long as nothing of the answer was seen.
 */
export async function generate(options: GenerationOptions): Promise<GenerationEnd> {
  const watch = new Watch(options.totalMs);
  const begunAt = performance.now();
  let firstTokenMs: number | undefined;
  const seen = (): void => {
    if (firstTokenMs === undefined) watch.forget();
    firstTokenMs ??= Math.round(performance.now() - begunAt);
    watch.expectWithin(options.idleMs);
  };
  const signal = AbortSignal.any([options.signal, watch.controller.signal]);
  const first = (): { firstTokenMs?: number } => (firstTokenMs === undefined ? {} : { firstTokenMs });
  try {
    for (let tries = 1; ; tries++) {
      watch.forget();
      watch.expectWithin(options.firstTokenMs);
      try {
        const end = await streamOnce(options, signal, seen);
        return { ...(end ?? interrupted(options.signal, watch)), ...first() };
      } catch (error) {
        if (signal.aborted) return { ...interrupted(options.signal, watch), ...first() };
        const delayMs = firstTokenMs === undefined ? retryDelayMs(error, tries) : undefined;
        if (delayMs === undefined) return { ...failed(error, options), ...first() };
        watch.forget();
        if (!(await wait(delayMs, signal))) return interrupted(options.signal, watch);
      }
    }
  } finally {
    watch.close();
  }
}

/** `undefined`: the stream ended without the model's word that it is done. */
async function streamOnce(
  options: GenerationOptions,
  signal: AbortSignal,
  seen: () => void,
): Promise<GenerationEnd | undefined> {
  const { model, modelName, messages, replyTokens } = options;
  for await (const part of model.stream({ model: modelName, messages, replyTokens, signal })) {
    if (signal.aborted) return undefined;
    if (part.type === "finish")
      return { finishReason: part.reason, ...(part.usage ? { usage: part.usage } : {}) };
    seen();
    if (part.type === "text") options.onText(part.text);
    else options.onReasoning(part.text);
  }
  return undefined;
}

function interrupted(outside: AbortSignal, watch: Watch): GenerationEnd {
  if (outside.aborted) return { finishReason: "stopped" };
  if (watch.code === "deadline") return problem("deadline", "The reply took too long.");
  if (watch.code === "stalled") return problem("stalled", "The model went silent.");
  return problem("cut", "The model's answer was cut off.");
}

function failed(error: unknown, { onDefect }: GenerationOptions): GenerationEnd {
  if (error instanceof ModelFailure) return problem(error.code, error.message);
  onDefect(error);
  return problem("internal", "The worker failed.");
}

function problem(code: ReplyErrorCode, message: string): GenerationEnd {
  return {
    finishReason: "error",
    error: { code, message: message.slice(0, shownErrorLength).toWellFormed() },
  };
}

/** `undefined`: not again. A provider that asks for a longer pause than people wait is not asked again. */
function retryDelayMs(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ModelFailure) || !error.retryable || tries >= mostTries) return undefined;
  const { retryAfterMs } = error;
  if (retryAfterMs !== undefined) return retryAfterMs > mostRetryMs ? undefined : retryAfterMs;
  return firstRetryMs * 2 ** (tries - 1) * (0.75 + Math.random() / 2);
}

/** False if the signal came first. */
async function wait(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return new Promise((resolve) => {
    const settle = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", settle);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(settle, ms);
    signal.addEventListener("abort", settle);
  });
}
