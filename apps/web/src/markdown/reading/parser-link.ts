/** The page's end of the parser: keeps a worker that reads, stops it when it is stuck, and gets another one when there is none. */
import { retryMs } from "../../loading/retry-delay.ts";
import { bounds } from "../budget/bounds.ts";
import type { Unit } from "../parser/tree/unit.ts";
import type { ParserAnswer, ParserRequest } from "../parser/worker-messages.ts";

/** What was read of a text. */
export interface Reading {
  readonly text: string;
  readonly units: readonly Unit[];
  /** So many characters of the text are in the units. */
  readonly length: number;
  /** It stays like this as long as the text does. */
  readonly isSettled: boolean;
}

/** A text that somebody wants to have read. */
export interface WantedText {
  /** @param isWriting more of it will come */
  read(text: string, isWriting: boolean): void;
  close(): void;
}

interface OpenText {
  readonly onReading: (reading: Reading) => void;
  text: string;
  isWriting: boolean;
  /** Where blocks begin that took too long. */
  slow: readonly number[];
  units: readonly Unit[];
  /** Its number at the worker. Another text has another one, so that no answer is taken for that of another question. */
  id: number;
  sent: { readonly text: string; readonly isWriting: boolean } | undefined;
  /** The worker has not read all of what was sent. */
  isReading: boolean;
  isSettled: boolean;
  /** No reading of it ends, nor of what comes after it. */
  isGivenUp: boolean;
}

const tickMs = 250;
/** A worker that has not come after so long will not come. */
const loadingMs = 30_000;
/** Texts that were given up and are known when they come into view again. */
const mostGivenUp = 20;

export class ParserLink {
  readonly #start: () => Worker;
  readonly #texts = new Set<OpenText>();
  readonly #byId = new Map<number, OpenText>();
  /** Numbers of texts that something is still to come of. */
  readonly #awaited = new Set<number>();
  readonly #givenUp = new Set<string>();
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

  /** Fetches the worker, so that it is here when somebody says something. */
  warmUp(): void {
    if (!this.#worker && this.#retry === undefined) this.#begin();
  }

  /** The network is back, say: what was to be tried later is tried now. */
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
      isGivenUp: false,
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
    // What was given up stays so when more of it comes: each try would cost every other text its worker.
    const isGivenUp = open.isGivenUp || this.#givenUp.has(text);
    if (isGivenUp) this.#givenUp.delete(open.text);
    Object.assign(open, { text, isWriting, isSettled: false });
    if (isGivenUp) return this.#giveUp(open);
    this.warmUp();
    this.#send(open);
  }

  /** Another text: nothing that was found out about the one before holds. */
  #beginAnew(open: OpenText): void {
    this.#forget(open);
    const fresh = { slow: [], units: [], sent: undefined, isReading: false, isGivenUp: false };
    Object.assign(open, fresh, { id: this.#nextId++ });
    this.#byId.set(open.id, open);
    this.#texts.add(open);
  }

  #giveUp(open: OpenText): void {
    open.isGivenUp = true;
    this.#texts.delete(open);
    this.#givenUp.add(open.text);
    for (const text of this.#givenUp) if (this.#givenUp.size > mostGivenUp) this.#givenUp.delete(text);
  }

  #forget({ id, sent }: OpenText): void {
    this.#byId.delete(id);
    this.#awaited.delete(id);
    if (sent) this.#post({ kind: "forget", id });
  }

  /** One question at a time, so that a text that grows fast is read as often as there is time to. */
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

  #hear(answer: ParserAnswer): void {
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

  #take({ id, kept, units, isCut, length, isDone, isSettled }: ParserAnswer & { kind: "units" }): void {
    const open = this.#byId.get(id);
    if (!open?.sent) return;
    open.units = [...open.units.slice(0, kept), ...units];
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
        if (worker === this.#worker) this.#hear(data);
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

  /** Each tick counts as one, however late it comes: a machine that slept has not waited. */
  #tick(): void {
    this.#silentMs += tickMs;
    if (this.#isReady && this.#awaited.size === 0) this.#stopWatching();
    else if (this.#silentMs >= (this.#isReady ? bounds.parserStuckMs : loadingMs)) this.#replace();
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** Gets another worker: at once if a block was too much for this one, else after a while. */
  #replace(): void {
    const isStuck = this.#isReady && this.#at !== undefined;
    if (isStuck) this.#giveUpBlock();
    this.#stop();
    if (isStuck) return this.#begin();
    this.#retry = setTimeout(() => this.#begin(), retryMs(this.#failures++));
  }

  /** What was being read is not read again. */
  #giveUpBlock(): void {
    const open = this.#byId.get(this.#at?.id ?? -1);
    if (!open || !this.#at) return;
    const { start } = this.#at;
    // If it was given up already something else is the reason, and no reading of this text will end.
    if (open.slow.includes(start)) this.#giveUp(open);
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
