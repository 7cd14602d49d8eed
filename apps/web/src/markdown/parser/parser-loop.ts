/** Reads several texts side by side, a little of each in turn, and sends what it has read. */
import { bounds } from "../budget/bounds.ts";
import type { Unit } from "./tree/unit.ts";
import type { ParserAnswer, ParserRequest } from "./worker-messages.ts";
import { GrowingText } from "./growing-text.ts";
import { Highlighter } from "./highlighter.ts";

interface OpenText {
  readonly growing: GrowingText;
  sent: readonly Unit[];
  sentAtMs: number;
}

export class ParserLoop {
  readonly #answer: (answer: ParserAnswer) => void;
  /** Runs a task after the requests that have come meanwhile. */
  readonly #later: (task: () => void) => void;
  readonly #texts = new Map<number, OpenText>();
  /** The ids of texts that have something to read, in turn. */
  readonly #waiting = new Set<number>();
  readonly #highlighter = new Highlighter(() => this.#colourAll());
  #isRunning = false;

  constructor(answer: (answer: ParserAnswer) => void, later: (task: () => void) => void) {
    this.#answer = answer;
    this.#later = later;
  }

  take(request: ParserRequest): void {
    const { id } = request;
    if (request.kind === "forget") {
      this.#texts.delete(id);
      this.#waiting.delete(id);
      return;
    }
    const open = this.#texts.get(id) ?? {
      growing: new GrowingText(this.#highlighter),
      sent: [],
      sentAtMs: 0,
    };
    open.sentAtMs = performance.now();
    open.growing.set({ ...request, slow: new Set(request.slow) });
    this.#texts.set(id, open);
    this.#want(id);
  }

  #want(id: number): void {
    this.#waiting.add(id);
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#later(this.#run);
  }

  readonly #run = (): void => {
    const [id] = this.#waiting;
    const open = id === undefined ? undefined : this.#texts.get(id);
    if (id !== undefined) this.#waiting.delete(id);
    if (id !== undefined && open) this.#readSome(id, open);
    this.#isRunning = this.#waiting.size > 0;
    if (this.#isRunning) this.#later(this.#run);
  };

  #readSome(id: number, open: OpenText): void {
    const { growing } = open;
    const end = performance.now() + bounds.parserSliceMs;
    while (!growing.isDone && performance.now() < end) {
      this.#answer({ kind: "at", id, start: growing.next });
      growing.readNext();
    }
    if (!growing.isDone) this.#waiting.add(id);
    const isDue = performance.now() - open.sentAtMs > bounds.parserSilenceMs;
    if (growing.isDone || isDue) this.#send(id, open);
  }

  #send(id: number, open: OpenText): void {
    const { growing } = open;
    const { units } = growing;
    const changed = units.findIndex((unit, index) => !isSame(unit, open.sent[index]));
    let unchanged = changed === -1 ? units.length : changed;
    open.sent = units;
    open.sentAtMs = performance.now();
    const parts = batches(units.slice(unchanged));
    for (const [index, batch] of parts.entries()) {
      const isCut = index < parts.length - 1;
      const { length, isDone, isSettled } = growing;
      this.#answer({ kind: "units", id, unchanged, units: batch, isCut, length, isDone, isSettled });
      unchanged += batch.length;
    }
  }

  #colourAll(): void {
    for (const [id, { growing }] of this.#texts) {
      growing.colour();
      if (!growing.isDone) this.#want(id);
    }
  }
}

function isSame(unit: Unit, other: Unit | undefined): boolean {
  return unit === other || (unit.kind === "plain" && other?.kind === "plain" && unit.text === other.text);
}

/** At least one batch: the page also needs an answer without units. */
function batches(units: readonly Unit[]): Unit[][] {
  const all: Unit[][] = [[]];
  let nodes = 0;
  let characters = 0;
  for (const unit of units) {
    const isFull = nodes > bounds.messageNodes || characters > bounds.messageCharacters;
    if (isFull) {
      all.push([]);
      nodes = 0;
      characters = 0;
    }
    all.at(-1)?.push(unit);
    nodes += unit.kind === "tree" ? unit.nodes : 1;
    characters += unit.kind === "plain" ? unit.text.length : 0;
  }
  return all;
}
