import type { IntentFrame, ServerFrame } from "@natter/protocol/plain";
import { createClientId } from "./client-id.ts";
import { ClosedError, RefusedError, toNatterError, type NatterError } from "./errors.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { Outbox, type Intent, type OutboxParts, type StoredEvent } from "./outbox.ts";
import type { PendingIntent } from "./pending-intent.ts";
import type { Ack, SendOptions } from "./session.ts";
import { handled } from "./waiting.ts";
import { frameBytes } from "./wire-constants.ts";

export interface IntentParts extends Omit<OutboxParts, "failed" | "refusalOf"> {
  readonly failed: (error: NatterError) => void;
  /** Why nothing more can be sent; `undefined` if it can. */
  readonly closedBy: () => NatterError | undefined;
}

/** What a person wants, until it is stored. */
export class SessionIntents {
  readonly #outbox: Outbox;
  /** Stops overtake the rest, and after a reload nobody means them any more. */
  readonly #stops: Outbox;
  #loading: Promise<unknown> | undefined;
  #frameBytes: number = frameBytes;

  constructor(parts: IntentParts) {
    const common = {
      ...parts,
      failed: (error: unknown) => parts.failed(toNatterError(error)),
      refusalOf: (frame: Intent) => parts.closedBy() ?? this.#fitsOr(frame),
    };
    this.#outbox = new Outbox(common);
    this.#stops = new Outbox({ ...common, store: new MemoryOutbox() });
  }

  get pending(): readonly PendingIntent[] {
    return this.#outbox.pending;
  }

  /** Whether it is known what an earlier process left. */
  get isLoaded(): boolean {
    return this.#outbox.isLoaded;
  }

  load(): Promise<unknown> {
    this.#loading ??= Promise.all([this.#outbox.load(), this.#stops.load()]);
    return this.#loading;
  }

  send(text: string, { attachments = [], replyTo, id, signal }: SendOptions = {}): Promise<Ack> {
    if (signal?.aborted) return handled(Promise.reject(signal.reason as Error));
    const frame: Intent = {
      type: "message",
      id: id ?? createClientId(),
      message: text.toWellFormed(),
      ...(attachments.length > 0 ? { attachments: [...attachments] } : {}),
      ...(replyTo === undefined ? {} : { replyTo }),
    };
    const sent = this.add(frame);
    return signal ? this.#untilAborted(sent, frame.id, signal) : sent;
  }

  add(frame: IntentFrame): Promise<Ack> {
    return this.#outbox.add({ ...frame, id: frame.id ?? createClientId() });
  }

  async stop(ids: readonly string[]): Promise<void> {
    const stops = ids.map((messageId) => this.#stops.add({ type: "stop", id: createClientId(), messageId }));
    await handled(Promise.all(stops));
  }

  retry(id: string): void {
    this.#outbox.retry(id);
  }

  discard(id: string): void {
    this.#outbox.discard(id);
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "connection") this.#frameBytes = frame.limits.frameBytes;
    this.#each((outbox) => outbox.apply(frame));
  }

  recognize(event: StoredEvent): void {
    this.#each((outbox) => outbox.recognize(event));
  }

  reach(seq: number): void {
    this.#each((outbox) => outbox.reach(seq));
  }

  /** The connection is gone. */
  pause(): void {
    this.#each((outbox) => outbox.goOffline());
  }

  refuseInFlight(): void {
    this.#each((outbox) => outbox.refuseInFlight(this.#tooLarge()));
  }

  rejectAll(error: NatterError = new ClosedError()): void {
    this.#each((outbox) => outbox.rejectAll(error));
  }

  #untilAborted(sent: Promise<Ack>, id: string, signal: AbortSignal): Promise<Ack> {
    const aborted = new Promise<never>((_resolve, reject) => {
      const abort = (): void => {
        reject(signal.reason as Error);
        if (!this.#outbox.wasSent(id)) this.#outbox.discard(id);
      };
      signal.addEventListener("abort", abort, { once: true });
      const end = (): void => signal.removeEventListener("abort", abort);
      void sent.then(end, end);
    });
    return handled(Promise.race([aborted, sent]));
  }

  #each(tell: (outbox: Outbox) => void): void {
    tell(this.#outbox);
    tell(this.#stops);
  }

  #fitsOr(frame: Intent): NatterError | undefined {
    const { length } = new TextEncoder().encode(JSON.stringify(frame));
    return length > this.#frameBytes ? this.#tooLarge() : undefined;
  }

  #tooLarge(): NatterError {
    return new RefusedError("too_large", `A frame has at most ${this.#frameBytes} bytes`);
  }
}
