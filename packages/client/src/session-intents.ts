import type { ServerFrame } from "@natter/protocol/plain";
import { createClientId } from "./client-id.ts";
import { ClosedError, RefusedError, toNatterError, type NatterError } from "./errors.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { Outbox, type Intent, type OutboxParts, type StoredEvent } from "./outbox.ts";
import type { PendingIntent } from "./pending-intent.ts";
import type { Ack, SendOptions } from "./session.ts";
import { frameBytes } from "./wire-constants.ts";

export interface IntentParts extends Omit<OutboxParts, "failed"> {
  readonly failed: (error: NatterError) => void;
  /** Why nothing more can be sent; `undefined` if it can. */
  readonly closedBy: () => NatterError | undefined;
}

/** What a person wants, until it is stored. */
export class SessionIntents {
  readonly #closedBy: IntentParts["closedBy"];
  readonly #outbox: Outbox;
  /** Stops overtake the rest, and after a reload nobody means them any more. */
  readonly #stops: Outbox;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #frameBytes: number = frameBytes;

  constructor(parts: IntentParts) {
    this.#closedBy = parts.closedBy;
    const failed = (error: unknown): void => parts.failed(toNatterError(error));
    this.#outbox = new Outbox({ ...parts, failed });
    this.#stops = new Outbox({ ...parts, failed, store: new MemoryOutbox() });
  }

  get pending(): PendingIntent[] {
    return this.#outbox.pending;
  }

  /** Whether it is known what an earlier process left. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  load(): Promise<void> {
    this.#loading ??= Promise.all([this.#outbox.load(), this.#stops.load()]).then(() => {
      this.#isLoaded = true;
    });
    return this.#loading;
  }

  send(text: string, options: SendOptions = {}): Promise<Ack> {
    const { attachments = [], replyTo, id = createClientId(), signal } = options;
    if (signal?.aborted) return handled(Promise.reject(signal.reason as Error));
    const sent = this.add({
      type: "message",
      id,
      message: text.toWellFormed(),
      ...(attachments.length > 0 ? { attachments: [...attachments] } : {}),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    return signal ? this.#untilAborted(sent, id, signal) : sent;
  }

  add(intent: Intent): Promise<Ack> {
    const closedBy = this.#closedBy();
    if (closedBy) return handled(Promise.reject(closedBy));
    if (new TextEncoder().encode(JSON.stringify(intent)).length > this.#frameBytes)
      return handled(Promise.reject(this.#tooLarge()));
    try {
      return this.#outbox.add(intent);
    } catch (error) {
      return handled(Promise.reject(toNatterError(error)));
    }
  }

  async stop(ids: readonly string[]): Promise<void> {
    const stops = ids.map((messageId) => this.#stops.add({ type: "stop", id: createClientId(), messageId }));
    await handled(Promise.all(stops));
  }

  retry(id: string): void {
    const entry = this.#outbox.discard(id);
    // The refused id may be known to the server, with another content.
    if (entry?.frame.type === "message") void this.add({ ...entry.frame, id: createClientId() });
  }

  discard(id: string): void {
    this.#outbox.discard(id);
  }

  apply(frame: ServerFrame): void {
    switch (frame.type) {
      case "connection":
        this.#frameBytes = frame.limits.frameBytes;
        return this.#each((outbox) => outbox.goOnline());
      case "ack":
        return this.#each((outbox) => outbox.acknowledge(frame));
      case "error":
        return this.#each((outbox) => outbox.refuse(frame));
      default:
    }
  }

  recognize(clientId: string | undefined, event: StoredEvent): void {
    this.#each((outbox) => outbox.recognize(clientId, event));
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

  #tooLarge(): NatterError {
    return new RefusedError("too_large", `A frame has at most ${this.#frameBytes} bytes`);
  }
}

/** The timeline and the events show what failed: nobody has to wait for it. */
function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}
