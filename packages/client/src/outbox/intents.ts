import type { IntentFrame, limits, ServerFrame } from "@natter/protocol/plain";
import { createClientId } from "./client-id.ts";
import { RefusedError, toNatterError, type NatterError } from "../errors.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { Outbox, type Intent, type OutboxDeps } from "./outbox.ts";
import type { Ack, SendOptions } from "../session.ts";
import { handled, untilAborted } from "../observing/waiting.ts";

export interface IntentDeps extends Omit<OutboxDeps, "failed" | "refusalOf"> {
  readonly failed: (error: NatterError) => void;
  /** Why nothing more can be sent; `undefined` if it can. */
  readonly refusalOf: () => NatterError | undefined;
}

/** The most bytes of a frame, until the server has said otherwise. */
const defaultFrameBytes: (typeof limits)["clientFrameBytes"] = 65_536;

/** What a person wants, until it is stored. */
export class SessionIntents {
  readonly outbox: Outbox;
  /** Stops overtake the rest, and after a reload nobody means them any more. */
  readonly #stops: Outbox;
  #frameBytes: number = defaultFrameBytes;

  constructor(deps: IntentDeps) {
    const common = {
      ...deps,
      failed: (error: unknown) => deps.failed(toNatterError(error)),
      refusalOf: (frame: Intent) => deps.refusalOf() ?? this.#fitsOr(frame),
    };
    this.outbox = new Outbox(common);
    this.#stops = new Outbox({ ...common, outbox: new MemoryOutbox() });
  }

  async send(text: string, options: SendOptions = {}): Promise<Ack> {
    const { attachments = [], replyTo, id = createClientId(), signal } = options;
    signal?.throwIfAborted();
    const sent = this.add({
      type: "message",
      id,
      message: text.toWellFormed(),
      ...(attachments.length > 0 ? { attachments: [...attachments] } : {}),
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    try {
      return await (signal ? untilAborted(sent, signal) : sent);
    } catch (error) {
      if (signal?.aborted) this.outbox.discard(id, { keepsSent: true });
      throw error;
    }
  }

  add(frame: IntentFrame): Promise<Ack> {
    return handled(this.outbox.add({ ...frame, id: frame.id ?? createClientId() }));
  }

  async stop(ids: readonly string[]): Promise<void> {
    await Promise.all(
      ids.map((messageId) => this.#stops.add({ type: "stop", id: createClientId(), messageId })),
    );
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "connection") this.#frameBytes = frame.limits.frameBytes;
    this.each((outbox) => outbox.apply(frame));
  }

  /** The server cannot take what is on the wire. */
  refuseLast(): void {
    this.each((outbox) => outbox.refuse(this.#tooLarge()));
  }

  /** For what concerns stops and the rest. */
  each(tell: (outbox: Outbox) => void): void {
    tell(this.outbox);
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
