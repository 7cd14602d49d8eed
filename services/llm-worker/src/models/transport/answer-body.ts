/** From the bytes of an answer to its events, whatever kind of document the provider sends. */
import { AsyncLocalStorage } from "node:async_hooks";
import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import { ModelFailure } from "../provider-failure.ts";
import type { Redaction } from "../redaction.ts";
import { AnswerParser } from "./answer-parser.ts";
import type { AnswerReader, BodyEnd } from "./answer-reader.ts";
import { EventTooLarge } from "./event-stream.ts";

/** How long the worker reads after the model's end. Some servers keep the connection open and send nothing more. */
const graceMs = 1_000;

/**
 * Hands every event to `reader`, in the turn in which its last byte came, and nothing after the first failure.
 *
 * @throws ModelFailure for an error that the provider sends, for a body that is no answer, and `cut` for a connection that breaks
 */
export async function readAnswer(
  response: { readonly bytesRead: Readable; readonly headers: Headers },
  reader: AnswerReader,
  { signal, redaction }: { signal: AbortSignal; redaction: Redaction },
): Promise<BodyEnd> {
  const parser = new AnswerParser(response.headers.get("content-type") ?? "", reader, redaction);
  try {
    return await new BodyReading(response.bytesRead, parser, signal).done;
  } catch (error) {
    if (error instanceof EventTooLarge)
      throw new ModelFailure("provider", "sent an event that is too large", {
        retryable: false,
        cause: error,
      });
    throw error;
  }
}

/** One promise for a whole answer, and none for its parts. */
class BodyReading {
  readonly done: Promise<BodyEnd>;
  readonly #body: Readable;
  readonly #parser: AnswerParser;
  readonly #signal: AbortSignal;
  readonly #aborting: Disposable;
  readonly #listeners: readonly (readonly [string, (value: unknown) => void])[];
  #settle!: { readonly resolve: (end: BodyEnd) => void; readonly reject: (error: unknown) => void };
  #isSettled = false;
  #grace: NodeJS.Timeout | undefined;
  /** Only text of the model extends this time. A keep-alive or an empty event does not. */
  #saidAtGrace = -1;

  constructor(body: Readable, parser: AnswerParser, signal: AbortSignal) {
    this.#body = body;
    this.#parser = parser;
    this.#signal = signal;
    this.done = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Replies use a connection one after another, and its callbacks run in the async context of the first reply.
    const inContext = AsyncLocalStorage.snapshot();
    this.#listeners = [
      ["data", (bytes) => inContext(() => this.#attempt(() => this.#onBytes(bytes as Buffer)))],
      ["end", () => inContext(() => this.#attempt(() => this.#onEnd()))],
      ["error", (error) => inContext(() => this.#cut(error))],
      ["close", () => inContext(() => this.#cut(undefined))],
    ];
    this.#aborting = addAbortListener(signal, () => this.#cut(signal.reason));
    for (const [name, listener] of this.#listeners) body.on(name, listener);
  }

  #onBytes(bytes: Buffer): void {
    this.#parser.push(bytes);
    if (this.#parser.isDone) return this.#finish("done");
    const { hasEnd, saidLength } = this.#parser;
    if (!hasEnd || saidLength === this.#saidAtGrace) return;
    this.#saidAtGrace = saidLength;
    clearTimeout(this.#grace);
    this.#grace = setTimeout(() => this.#finish("done"), graceMs);
  }

  #onEnd(): void {
    this.#parser.end();
    this.#finish(this.#parser.isDone ? "done" : "ended");
  }

  #cut(cause: unknown): void {
    if (this.#parser.hasEnd) this.#finish("ended");
    else this.#fail(new ModelFailure("cut", "the connection broke", { retryable: true, cause }));
  }

  #attempt(work: () => void): void {
    if (this.#isSettled) return;
    try {
      work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #finish(end: BodyEnd): void {
    if (this.#isSettled) return;
    this.#settle.resolve(end);
    this.#letGo();
  }

  #fail(error: unknown): void {
    if (this.#isSettled) return;
    this.#settle.reject(error);
    this.#letGo();
  }

  /** A connection whose answer is complete can be used again. Every other connection is closed. */
  #letGo(): void {
    this.#isSettled = true;
    clearTimeout(this.#grace);
    this.#aborting[Symbol.dispose]();
    const body = this.#body;
    for (const [name, listener] of this.#listeners) body.off(name, listener);
    body.on("error", () => undefined);
    if (body.readableEnded) return;
    if (!this.#parser.isDone || this.#signal.aborted) return void body.destroy();
    const timer = setTimeout(() => body.destroy(), graceMs);
    timer.unref();
    body.on("close", () => clearTimeout(timer)).resume();
  }
}
