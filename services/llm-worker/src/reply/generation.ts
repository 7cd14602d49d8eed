/** One supervised call of the model: its text, and its end in every case. */
import { replyErrors, type FinishReason, type ReplyErrorCode } from "@natter/protocol";
import { backoffMs } from "@natter/runtime";
import type { Model, ModelEnd, ModelMessage, ModelPart, TokenUsage } from "../models/model.ts";
import { ModelFailure } from "../models/provider-failure.ts";

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
  readonly onPart: (part: ModelPart) => void;
  /** Called for each failed try. @param retryMs time until the next try; `undefined` without one */
  readonly onFailure: (failure: ModelFailure, retryMs: number | undefined) => void;
  /** Called for a failure that the provider did not cause. */
  readonly onDefect: (error: unknown) => void;
}

export interface GenerationEnd {
  readonly finishReason: FinishReason;
  readonly error?: { readonly code: ReplyErrorCode; readonly message: string };
  readonly usage?: TokenUsage & { readonly estimated?: true };
  readonly firstTokenMs?: number;
}

const maxTries = 4;
const retryBounds = { firstMs: 500, maxMs: 30_000 };

class Watch {
  readonly controller = new AbortController();
  code: ReplyErrorCode | undefined;
  #idle: NodeJS.Timeout | undefined;
  readonly #total: NodeJS.Timeout;

  constructor(totalMs: number) {
    this.#total = setTimeout(() => this.#fire("deadline"), totalMs);
  }

  /** Starts the idle timer: the model must send text within `ms`. Comments that keep the connection open do not count. */
  expectWithin(ms: number): void {
    if (this.#idle) this.#idle.refresh();
    else this.#idle = setTimeout(() => this.#fire("stalled"), ms);
  }

  /** Stops the idle timer, so the next `expectWithin` may use another time. */
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
 * Resolves with the end of the answer and never throws. It retries failures as the provider asks, but only before the first text of
 * the answer.
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
        return { ...toEnd(await streamOnce(options, signal, seen)), ...first() };
      } catch (error) {
        if (signal.aborted) return { ...interrupted(options.signal, watch), ...first() };
        const delayMs = firstTokenMs === undefined ? retryDelayMs(error, tries) : undefined;
        if (error instanceof ModelFailure) options.onFailure(error, delayMs);
        if (delayMs === undefined) return { ...failed(error, options), ...first() };
        watch.forget();
        if (!(await wait(delayMs, signal))) return interrupted(options.signal, watch);
      }
    }
  } finally {
    watch.close();
  }
}

async function streamOnce(
  options: GenerationOptions,
  signal: AbortSignal,
  seen: () => void,
): Promise<ModelEnd> {
  const { model, modelName, messages, replyTokens, onPart } = options;
  return model.stream({ model: modelName, messages, replyTokens, signal }, (part) => {
    if (signal.aborted) return;
    seen();
    onPart(part);
  });
}

function toEnd({ reason, usage }: ModelEnd): GenerationEnd {
  return { finishReason: reason, ...(usage ? { usage } : {}) };
}

function interrupted(outside: AbortSignal, watch: Watch): GenerationEnd {
  if (outside.aborted) return { finishReason: "stopped" };
  return problem(watch.code ?? "cut");
}

function failed(error: unknown, { onDefect }: GenerationOptions): GenerationEnd {
  if (error instanceof ModelFailure) return problem(error.code);
  onDefect(error);
  return problem("internal");
}

/** An end with an error from the table of reply errors. */
export function problem(code: ReplyErrorCode): GenerationEnd {
  return { finishReason: "error", error: { code, message: replyErrors[code] } };
}

/**
 * `undefined` if there is no retry. There is none if the provider asks for a longer pause than people wait. Without a pause from the
 * provider the default pause applies.
 */
function retryDelayMs(error: unknown, tries: number): number | undefined {
  if (!(error instanceof ModelFailure) || !error.retryable || tries >= maxTries) return undefined;
  const usualMs = backoffMs(tries, retryBounds) * (0.75 + Math.random() / 2);
  const { retryAfterMs = 0 } = error;
  return retryAfterMs > retryBounds.maxMs ? undefined : Math.max(usualMs, retryAfterMs);
}

/** False if the signal came first. Not `node:timers/promises`: the tests of the pauses turn the clock of `setTimeout`. */
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
