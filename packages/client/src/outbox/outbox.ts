import type { IntentFrame, ServerFrame } from "@natter/protocol/plain";
import { createClientId } from "./client-id.ts";
import { ClosedError, OutboxFullError, toError, type NatterError } from "../errors.ts";
import { reject, slotOf, type Slot } from "./outbox-slot.ts";
import type { OutboxEntry, OutboxStore } from "./outbox-store.ts";
import { targetOf, wasWritten, type PendingIntent } from "./pending-intent.ts";
import type { Ack } from "../session.ts";
import { handled, untilAborted } from "../observing/waiting.ts";

/** An intent that is not to be lost. */
export type Intent = IntentFrame & { readonly id: string };

/** The connection, as an outbox needs it. */
export interface FrameSender {
  /** Does nothing while the connection is not online. */
  send(frame: object): void;
  /** Replaces the connection, because it did not answer in time. */
  restart(): void;
}

export interface OutboxDeps {
  readonly sessionId: string;
  readonly outbox: OutboxStore;
  readonly outboxEntries: number;
  readonly connection: FrameSender;
  /** Why an intent is not even tried; `undefined` if it is. */
  readonly refusalOf: (frame: Intent) => NatterError | undefined;
  readonly changed: () => void;
  /** The store failed; what it should hold is kept in memory. */
  readonly failed: (error: unknown) => void;
}

export interface StoredEvent {
  readonly id: string;
  readonly seq?: number;
  readonly clientId?: string;
}

/** Of a gateway that does not answer at all. It answers within 5 s, also with an error. */
const answerMs = 15_000;
const retryMs = 1_000;
/** A store that says nothing must not keep people from talking. */
const loadMs = 3_000;

/**
 * The intents of one session that are not known to be stored, in the order of calls. One is on the wire at a time:
 * the next one goes when it is answered, so that the order of the log is the order of calls whatever fails.
 */
export class Outbox {
  readonly #deps: OutboxDeps;
  #slots: Slot[] = [];
  #lastOrder = 0;
  #isOnline = false;
  #loading: Promise<void> | undefined;
  #isLoaded = false;
  #inFlight: Slot | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #storing: Promise<unknown> = Promise.resolve();

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  /** What is to be seen of it, in order. */
  get pending(): readonly PendingIntent[] {
    return this.#slots;
  }

  /** Resolves when it is known what an earlier process left. That is read once. Nothing is sent before: it is older. */
  load(): Promise<void> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load(): Promise<void> {
    const { outbox, sessionId, failed } = this.#deps;
    try {
      const entries = await untilAborted(outbox.load(sessionId), AbortSignal.timeout(loadMs));
      const found = entries.filter(({ id }) => !this.#find(id)).map(slotOf);
      this.#slots = [...found, ...this.#slots];
      this.#lastOrder = Math.max(this.#lastOrder, found.at(-1)?.entry.order ?? 0);
    } catch (error) {
      failed(error);
    }
    this.#isLoaded = true;
    this.#pump();
  }

  /** Resolves when it is stored. One that was refused is tried again in its place. */
  async add(frame: Intent): Promise<Ack> {
    let slot = this.#find(frame.id);
    if (!slot) {
      if (this.#slots.length >= this.#deps.outboxEntries) throw new OutboxFullError();
      slot = this.#append(frame);
    }
    if (slot.stored) return { ...slot.stored, duplicate: true };
    const { promise } = (slot.waiting ??= Promise.withResolvers());
    const refusal = this.#deps.refusalOf(frame);
    if (refusal) this.#refuse(slot, refusal);
    else {
      if (slot.error) this.#renew(slot, { ...slot.entry, frame, refusal: undefined });
      this.#pump();
    }
    return promise;
  }

  /** Tries one that was refused again, in its place. */
  retry(id: string): void {
    const slot = this.#find(id);
    if (!slot?.error) return;
    const { entry } = slot;
    // Under this id the server has something else, and always will.
    const isTaken = slot.error.code === "conflict";
    if (isTaken) slot.entry = { ...entry, id: createClientId(), wasSent: false };
    void handled(this.add({ ...entry.frame, id: slot.entry.id }));
    if (isTaken) this.#forget(entry);
  }

  /** Takes an intent out; also one that was sent, which then may be stored or not, if that is not to be kept. */
  discard(id: string, { keepsSent = false } = {}): void {
    const slot = this.#find(id);
    if (!slot || (keepsSent && slot.entry.wasSent)) return;
    this.#drop(slot);
    reject(slot, new ClosedError("It was taken back"));
    this.#pump();
  }

  apply(frame: ServerFrame): void {
    if (frame.type === "connection") {
      this.#isOnline = true;
      this.#pump();
    }
    if (frame.type !== "ack" && frame.type !== "error") return;
    const slot = this.#find(frame.id);
    if (!slot || slot.stored) return;
    if (frame.type === "ack") {
      const { messageId = "", seq, duplicate = false } = frame;
      this.#forget(slot.entry);
      this.#settle(slot, { messageId, seq, duplicate });
    } else if (!frame.temporary) this.#refuse(slot, toError(frame));
    else if (slot === this.#inFlight) {
      this.#land();
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, frame.retryAfterMs ?? retryMs);
      this.#deps.changed();
    }
  }

  /** Nothing can be sent for now. */
  close(): void {
    this.#isOnline = false;
    this.#land();
    this.#deps.changed();
  }

  /** Events came, live or in a page, and with them everything up to `seq`. */
  came(events: readonly StoredEvent[], upTo: number): void {
    for (const { clientId, id: messageId, seq = 0 } of events) {
      const slot = this.#find(clientId);
      if (!slot) continue;
      this.#drop(slot);
      this.#settle(slot, { messageId, seq, duplicate: false });
    }
    const left = this.#slots.filter(({ stored }) => !stored || stored.seq > upTo);
    if (left.length === this.#slots.length) return;
    this.#slots = left;
    this.#deps.changed();
  }

  /** The server cannot take the frame that is on the wire. */
  refuse(error: NatterError): void {
    if (this.#inFlight) this.#refuse(this.#inFlight, error);
  }

  /**
   * Nothing can be sent any more. What waits is kept by the store alone. What was meant for a session that is deleted is refused:
   * a later outbox would begin another session under the same id with it.
   */
  end(error: NatterError, { refuses = false } = {}): void {
    this.close();
    for (const slot of this.#slots)
      if (refuses && slot.delivery === "queued") this.#refuse(slot, error);
      else reject(slot, error);
  }

  #find(id: string | undefined): Slot | undefined {
    return this.#slots.find(({ entry }) => entry.id === id);
  }

  #append(frame: Intent): Slot {
    // The next edit of a message says what an earlier one was to say.
    for (const slot of this.#slots)
      if (slot.error && frame.type === "edit" && targetOf(slot.entry.frame) === frame.messageId)
        this.#drop(slot);
    const { id } = frame;
    const { sessionId } = this.#deps;
    this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now());
    const createdAt = new Date().toISOString();
    const slot = slotOf({ sessionId, id, order: this.#lastOrder, frame, createdAt, wasSent: false });
    this.#slots.push(slot);
    this.#persist(slot.entry);
    return slot;
  }

  /** Sends the next one if it is time to. Whatever happened before may have changed something to see. */
  #pump(): void {
    const slot = this.#slots.find(({ delivery }) => delivery === "queued");
    // The timer runs while an answer or the next try is awaited.
    if (slot && this.#isOnline && this.#isLoaded && this.#timer === undefined) {
      const { connection } = this.#deps;
      const { frame, wasSent } = slot.entry;
      this.#inFlight = slot;
      slot.delivery = "sending";
      this.#timer = setTimeout(() => connection.restart(), answerMs);
      connection.send(wasSent ? { ...frame, retry: true } : frame);
      if (!wasSent) {
        slot.entry = { ...slot.entry, wasSent: true };
        this.#persist(slot.entry);
      }
    }
    this.#deps.changed();
  }

  /** It is not on the wire any more. */
  #land(slot: Slot | undefined = this.#inFlight): void {
    if (slot !== this.#inFlight) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inFlight = undefined;
    if (slot?.delivery === "sending") slot.delivery = "queued";
  }

  #settle(slot: Slot, stored: Omit<Ack, "id">): void {
    const ack = { id: slot.entry.id, ...stored };
    this.#land(slot);
    slot.delivery = "stored";
    slot.stored = ack;
    slot.waiting?.resolve(ack);
    this.#pump();
  }

  /** What a person wrote stays; for the rest it is enough that it is said. */
  #refuse(slot: Slot, error: NatterError): void {
    const { code, message } = error;
    if (wasWritten(slot.entry.frame)) {
      this.#land(slot);
      this.#renew(slot, { ...slot.entry, refusal: { code, message } });
      slot.error = error;
    } else this.#drop(slot);
    reject(slot, error);
    this.#pump();
  }

  /** Replaces what is to be kept of it. */
  #renew(slot: Slot, entry: OutboxEntry): void {
    Object.assign(slot, slotOf(entry));
    this.#persist(entry);
  }

  #drop(slot: Slot): void {
    this.#land(slot);
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#forget(slot.entry);
  }

  #persist(entry: OutboxEntry): void {
    this.#then(() => this.#deps.outbox.put(entry));
  }

  #forget({ sessionId, id }: OutboxEntry): void {
    this.#then(() => this.#deps.outbox.remove(sessionId, id));
  }

  #then(write: () => Promise<void>): void {
    this.#storing = this.#storing.then(write).catch((error: unknown) => this.#deps.failed(error));
  }
}
