import type { IntentFrame, ServerFrameOf } from "@natter/protocol/plain";
import { ClosedError, OutboxFullError, type NatterError } from "./errors.ts";
import { toError } from "./http-client.ts";
import type { OutboxEntry, OutboxStore } from "./outbox-store.ts";
import type { PendingIntent } from "./pending-intent.ts";
import type { Ack } from "./session.ts";

/** An intent that is not to be lost. */
export type Intent = IntentFrame & { readonly id: string };

export interface OutboxParts {
  readonly sessionId: string;
  readonly store: OutboxStore;
  readonly maxEntries: number;
  /** Puts a frame on the wire. */
  readonly send: (frame: IntentFrame) => void;
  /** No answer for so long: the connection is worth nothing. */
  readonly restart: () => void;
  readonly changed: () => void;
  /** The event of an intent, if it has come already. */
  readonly storedAs: (id: string) => StoredEvent | undefined;
  /** The store failed; what it should hold is kept in memory. */
  readonly failed: (error: unknown) => void;
}

export interface StoredEvent {
  readonly id: string;
  readonly seq: number;
}

interface Slot {
  entry: OutboxEntry;
  error: NatterError | undefined;
  /** Where its event is; it stays until that has come, so that nothing flickers in between. */
  stored?: { readonly eventId: string; readonly seq: number };
  readonly waiting: { readonly resolve: (ack: Ack) => void; readonly reject: (error: NatterError) => void }[];
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
  readonly #parts: OutboxParts;
  #slots: Slot[] = [];
  #lastOrder = 0;
  #isOnline = false;
  #isLoaded = false;
  #inFlight: Slot | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #storing: Promise<unknown> = Promise.resolve();

  constructor(parts: OutboxParts) {
    this.#parts = parts;
  }

  /** What is to be seen of it, in order. */
  get pending(): PendingIntent[] {
    return this.#slots.map((slot) => ({
      entry: slot.entry,
      delivery: slot.stored
        ? "stored"
        : slot.error
          ? "failed"
          : slot === this.#inFlight
            ? "sending"
            : "queued",
      error: slot.error,
      eventId: slot.stored?.eventId,
    }));
  }

  /** Adds what an earlier process left. Nothing is sent before: it is older. */
  async load(): Promise<void> {
    const { store, sessionId, storedAs, failed, changed } = this.#parts;
    try {
      const entries = await withinTime(store.load(sessionId));
      const found = entries.filter(({ id }) => !this.#find(id)).map(slotOf);
      for (const slot of found) if (storedAs(slot.entry.id)) this.#forget(slot);
      this.#slots = [...found.filter(({ entry }) => !storedAs(entry.id)), ...this.#slots];
      this.#lastOrder = Math.max(this.#lastOrder, found.at(-1)?.entry.order ?? 0);
    } catch (error) {
      failed(error);
    }
    this.#isLoaded = true;
    changed();
    this.#pump();
  }

  /** Resolves when it is stored. @throws OutboxFullError */
  add(frame: Intent): Promise<Ack> {
    const { sessionId, maxEntries } = this.#parts;
    let slot = this.#find(frame.id);
    if (!slot) {
      if (this.#slots.length >= maxEntries) throw new OutboxFullError();
      this.#lastOrder = Math.max(this.#lastOrder + 1, Date.now());
      const createdAt = new Date().toISOString();
      slot = slotOf({ sessionId, id: frame.id, order: this.#lastOrder, frame, createdAt, wasSent: false });
      this.#slots.push(slot);
      this.#persist(slot.entry);
    }
    if (slot.stored)
      return Promise.resolve({
        id: frame.id,
        messageId: slot.stored.eventId,
        seq: slot.stored.seq,
        duplicate: true,
      });
    const { waiting } = slot;
    const ack = new Promise<Ack>((resolve, reject) => waiting.push({ resolve, reject }));
    // The timeline shows what failed: nobody has to wait for it.
    ack.catch(() => undefined);
    this.#parts.changed();
    this.#pump();
    return ack;
  }

  /** Takes an intent out; also one that was sent, which then may be stored or not. */
  discard(id: string): OutboxEntry | undefined {
    const slot = this.#find(id);
    if (!slot) return undefined;
    this.#drop(slot);
    for (const { reject } of slot.waiting) reject(new ClosedError("It was taken back"));
    this.#parts.changed();
    this.#pump();
    return slot.entry;
  }

  wasSent(id: string): boolean {
    return this.#find(id)?.entry.wasSent ?? false;
  }

  goOnline(): void {
    this.#isOnline = true;
    this.#pump();
  }

  goOffline(): void {
    this.#isOnline = false;
    this.#land();
    this.#parts.changed();
  }

  acknowledge({ id, messageId, seq, duplicate }: ServerFrameOf<"ack">): void {
    const slot = this.#find(id);
    if (!slot || slot.stored) return;
    const eventId = messageId ?? "";
    slot.stored = { eventId, seq };
    this.#settle(slot, { id, messageId: eventId, seq, duplicate: duplicate ?? false });
  }

  /** The event itself came, live or in a page. */
  recognize(clientId: string | undefined, event: StoredEvent): void {
    const slot = clientId === undefined ? undefined : this.#find(clientId);
    if (!slot || clientId === undefined) return;
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#settle(slot, { id: clientId, messageId: event.id, seq: event.seq, duplicate: false });
  }

  /** Everything up to `seq` has come. */
  reach(seq: number): void {
    const left = this.#slots.filter(({ stored }) => !stored || stored.seq > seq);
    if (left.length === this.#slots.length) return;
    this.#slots = left;
    this.#parts.changed();
  }

  refuse(frame: ServerFrameOf<"error">): void {
    const slot = frame.id === undefined ? undefined : this.#find(frame.id);
    if (!slot || slot.stored) return;
    const error = toError(frame);
    if (frame.temporary) {
      if (slot === this.#inFlight) this.#pause(frame.retryAfterMs ?? retryMs);
    } else this.#refuse(slot, error);
  }

  /** The server cannot take the frame that is on the wire. */
  refuseInFlight(error: NatterError): void {
    if (this.#inFlight) this.#refuse(this.#inFlight, error);
  }

  /** Nothing can be sent any more; what waits is kept by the store alone. */
  rejectAll(error: NatterError): void {
    this.goOffline();
    for (const { waiting } of this.#slots) for (const { reject } of waiting.splice(0)) reject(error);
  }

  #find(id: string): Slot | undefined {
    return this.#slots.find(({ entry }) => entry.id === id);
  }

  #pump(): void {
    // The timer runs while an answer or the next try is awaited.
    if (!this.#isOnline || !this.#isLoaded || this.#timer !== undefined) return;
    const slot = this.#slots.find(({ stored, error }) => !stored && !error);
    if (!slot) return;
    const { frame, wasSent } = slot.entry;
    this.#inFlight = slot;
    this.#timer = setTimeout(this.#parts.restart, answerMs);
    this.#parts.send(wasSent ? { ...frame, retry: true } : frame);
    if (!wasSent) {
      slot.entry = { ...slot.entry, wasSent: true };
      this.#persist(slot.entry);
    }
    this.#parts.changed();
  }

  /** Nothing is on the wire any more. */
  #land(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#inFlight = undefined;
  }

  #pause(delayMs: number): void {
    this.#land();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#pump();
    }, delayMs);
    this.#parts.changed();
  }

  #settle(slot: Slot, ack: Ack): void {
    if (slot === this.#inFlight) this.#land();
    this.#forget(slot);
    for (const { resolve } of slot.waiting.splice(0)) resolve(ack);
    this.#parts.changed();
    this.#pump();
  }

  #refuse(slot: Slot, error: NatterError): void {
    if (slot === this.#inFlight) this.#land();
    if (slot.entry.frame.type === "message") {
      slot.error = error;
      slot.entry = { ...slot.entry, refusal: { code: error.code, message: error.message } };
      this.#persist(slot.entry);
    } else this.#drop(slot);
    for (const { reject } of slot.waiting.splice(0)) reject(error);
    this.#parts.changed();
    this.#pump();
  }

  #drop(slot: Slot): void {
    if (slot === this.#inFlight) this.#land();
    this.#slots = this.#slots.filter((other) => other !== slot);
    this.#forget(slot);
  }

  #persist(entry: OutboxEntry): void {
    this.#then(() => this.#parts.store.put(entry));
  }

  #forget({ entry }: Slot): void {
    this.#then(() => this.#parts.store.remove(entry.sessionId, entry.id));
  }

  #then(write: () => Promise<void>): void {
    this.#storing = this.#storing.then(write).catch((error: unknown) => this.#parts.failed(error));
  }
}

function slotOf(entry: OutboxEntry): Slot {
  const { refusal } = entry;
  const error =
    refusal && toError({ ...refusal, code: refusal.code as NatterError["code"], temporary: false });
  return { entry, waiting: [], error };
}

async function withinTime<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error("The store of the outbox does not answer")), loadMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
