/** The page's end of the parser. It starts the worker, stops it when it hangs, and starts another one. */
import { retryMs } from "../../loading/retry-delay.ts";
import { bounds } from "../budget/bounds.ts";
import type { Unit } from "../parser/tree/unit.ts";
import type { ParserAnswer, ParserRequest } from "../parser/worker-messages.ts";

/** What the parser has read of a text. */
export interface Reading {
  readonly text: string;
  readonly units: readonly Unit[];
  /** How many characters of the text are in the units. */
  readonly length: number;
  /** Nothing changes as long as the text does not. */
  readonly isSettled: boolean;
}

/** A text that a component wants to have read. */
export interface WantedText {
  /** @param isWriting more of it will come */
  read(text: string, isWriting: boolean): void;
  close(): void;
}

interface OpenText {
  readonly onReading: (reading: Reading) => void;
  text: string;
  isWriting: boolean;
  /** Offsets of blocks that took too long. */
  slow: readonly number[];
  units: readonly Unit[];
  /**
   * Its id at the worker. A new text gets a new id, so that an answer to an earlier request is not taken for
   * it.
   */
  id: number;
  sent: { readonly text: string; readonly isWriting: boolean } | undefined;
  /** The worker has not read all of what was sent. */
  isReading: boolean;
  isSettled: boolean;
  /** No attempt to read it ends, nor to read a text that continues it. */
  isAbandoned: boolean;
}

const tickMs = 250;
/** A worker that is not ready after this long has failed to load. */
const loadingMs = 30_000;
/** How many abandoned texts are remembered for the time when they come into view again. */
const maxAbandoned = 20;

export class ParserLink {
  readonly #start: () => Worker;
  readonly #texts = new Set<OpenText>();
  readonly #byId = new Map<number, OpenText>();
  /** Ids of the texts for which an answer is due. */
  readonly #awaited = new Set<number>();
  readonly #abandoned = new Set<string>();
  #worker: Worker | undefined;
  #isReady = false;
  #at: { readonly id: number; readonly start: number } | undefined;
  #silentMs = 0;
  #failures = 0;
  #nextId = 0;
  #watch: ReturnType<typeof setInterval> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(start: () => Worker) {
    this.#start = start;
  }

  /** Loads the worker, so that it is ready for the first message. */
  warmUp(): void {
    if (!this.#worker && this.#retry === undefined) this.#begin();
  }

  /** Tries again now, for example because the network is back. */
  retryNow(): void {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#begin();
  }

  open(onReading: (reading: Reading) => void): WantedText {
    const open: OpenText = {
      onReading,
      text: "",
      isWriting: false,
      slow: [],
      units: [],
      id: this.#nextId++,
      sent: undefined,
      isReading: false,
      isSettled: true,
      isAbandoned: false,
    };
    this.#texts.add(open);
    this.#byId.set(open.id, open);
    return {
      read: (text, isWriting) => this.#read(open, text, isWriting),
      close: () => {
        this.#texts.delete(open);
        this.#forget(open);
      },
    };
  }

  #read(open: OpenText, text: string, isWriting: boolean): void {
    if (!text.startsWith(open.text)) this.#beginAnew(open);
    // An abandoned text stays abandoned when more of it comes: each attempt would cost all other texts their
    // worker.
    const isAbandoned = open.isAbandoned || this.#abandoned.has(text);
    if (isAbandoned) this.#abandoned.delete(open.text);
    Object.assign(open, { text, isWriting, isSettled: false });
    if (isAbandoned) return this.#abandon(open);
    this.warmUp();
    this.#send(open);
  }

  /** Another text. Nothing that is known of the previous one applies. */
  #beginAnew(open: OpenText): void {
    this.#forget(open);
    const fresh = { slow: [], units: [], sent: undefined, isReading: false, isAbandoned: false };
    Object.assign(open, fresh, { id: this.#nextId++ });
    this.#byId.set(open.id, open);
    this.#texts.add(open);
  }

  #abandon(open: OpenText): void {
    open.isAbandoned = true;
    this.#texts.delete(open);
    this.#abandoned.add(open.text);
    for (const text of this.#abandoned) if (this.#abandoned.size > maxAbandoned) this.#abandoned.delete(text);
  }

  #forget({ id, sent }: OpenText): void {
    this.#byId.delete(id);
    this.#awaited.delete(id);
    if (sent) this.#post({ kind: "forget", id });
  }

  /** One request at a time, so that a text that grows fast is read as often as there is time for it. */
  #send(open: OpenText): void {
    const { id, text, isWriting, slow, sent } = open;
    const isKnown = sent?.text === text && sent.isWriting === isWriting;
    if (!this.#isReady || open.isReading || isKnown) return;
    Object.assign(open, { sent: { text, isWriting }, isReading: true });
    this.#await(id);
    this.#post({ kind: "read", id, text, isWriting, slow });
  }

  #post(request: ParserRequest): void {
    this.#worker?.postMessage(request);
  }

  #await(id: number): void {
    if (this.#awaited.size === 0) this.#silentMs = 0;
    this.#awaited.add(id);
    this.#watch ??= setInterval(() => this.#tick(), tickMs);
  }

  #receive(answer: ParserAnswer): void {
    this.#silentMs = 0;
    if (answer.kind === "units") return this.#take(answer);
    if (answer.kind === "at") {
      this.#at = answer;
      if (this.#byId.has(answer.id)) this.#await(answer.id);
      return;
    }
    this.#isReady = true;
    this.#failures = 0;
    for (const open of this.#texts) if (!open.isSettled) this.#send(open);
  }

  #take({ id, unchanged, units, isCut, length, isDone, isSettled }: ParserAnswer & { kind: "units" }): void {
    const open = this.#byId.get(id);
    if (!open?.sent) return;
    open.units = [...open.units.slice(0, unchanged), ...units];
    if (isCut) return;
    const { text, isWriting } = open.sent;
    if (isDone) this.#awaited.delete(id);
    if (length >= text.length) open.isReading = false;
    open.isSettled = isSettled && text === open.text && isWriting === open.isWriting;
    this.#send(open);
    open.onReading({ text, units: open.units, length, isSettled: open.isSettled });
  }

  #begin(): void {
    this.#retry = undefined;
    this.#at = undefined;
    this.#silentMs = 0;
    try {
      const worker = this.#start();
      this.#worker = worker;
      worker.addEventListener("message", ({ data }: MessageEvent<ParserAnswer>) => {
        if (worker === this.#worker) this.#receive(data);
      });
      worker.addEventListener("error", (event) => {
        event.preventDefault();
        if (worker === this.#worker) this.#replace();
      });
      this.#watch ??= setInterval(() => this.#tick(), tickMs);
    } catch {
      this.#replace();
    }
  }

  /** Each tick counts as one, however late it is: a machine that slept has not waited. */
  #tick(): void {
    this.#silentMs += tickMs;
    if (this.#isReady && this.#awaited.size === 0) this.#stopWatching();
    else if (this.#silentMs >= (this.#isReady ? bounds.parserStuckMs : loadingMs)) this.#replace();
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Starts another worker: at once if this one hung in a block, else after a while. */
  #replace(): void {
    const isStuck = this.#isReady && this.#at !== undefined;
    if (isStuck) this.#skipBlock();
    this.#stop();
    if (isStuck) return this.#begin();
    this.#retry = setTimeout(() => this.#begin(), retryMs(this.#failures++));
  }

  /** The block that the worker was reading is not read again. */
  #skipBlock(): void {
    const open = this.#byId.get(this.#at?.id ?? -1);
    if (!open || !this.#at) return;
    const { start } = this.#at;
    // If the block was skipped before, the reason is another one, and no attempt to read this text will end.
    if (open.slow.includes(start)) this.#abandon(open);
    else open.slow = [...open.slow, start];
  }

  #stop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#isReady = false;
    this.#awaited.clear();
    this.#stopWatching();
    for (const open of this.#texts) Object.assign(open, { sent: undefined, isReading: false });
  }
}
