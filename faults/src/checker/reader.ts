import {
  comparePositions,
  durableFrames,
  formatCursor,
  parseCursor,
  positionKey,
  type LogEvent,
  type Position,
  type ServerFrame,
} from "@natter/protocol";
import type { Journal, Violation } from "./evidence.ts";

export interface Sighting {
  readonly position: Position;
  readonly event: LogEvent;
}

/** A time over which a client claims to have everything after `begin` up to `end`. */
export interface Stretch {
  readonly begin: Position;
  end: Position;
  readonly seen: Map<string, Sighting>;
}

/** What a client saw of the log. */
export interface Reader {
  readonly client: string;
  readonly stretches: readonly Stretch[];
  readonly violations: readonly Violation[];
}

/** The durable frames of a journal, and what is wrong with their order in itself. */
export function readJournal(sessionId: string, journal: Journal): Reader {
  const walk = new Walk(sessionId, journal.client);
  for (const entry of journal.entries) {
    if (entry.kind === "opened") walk.open(entry.since);
    else if (entry.kind === "got") walk.take(entry.frame);
  }
  return { client: journal.client, stretches: walk.stretches, violations: walk.violations };
}

function isDurable(frame: ServerFrame): frame is LogEvent {
  return Object.hasOwn(durableFrames, frame.type);
}

class Walk {
  readonly stretches: Stretch[] = [];
  readonly violations: Violation[] = [];
  readonly #sessionId: string;
  readonly #client: string;
  #since: string | undefined;
  #stretch: Stretch | undefined;
  #isFirst = true;

  constructor(sessionId: string, client: string) {
    this.#sessionId = sessionId;
    this.#client = client;
  }

  open(since: string | undefined): void {
    this.#since = since;
  }

  take(frame: ServerFrame): void {
    if (frame.type === "connection") this.#begin(frame.cursor, frame.recovered);
    else if (isDurable(frame)) this.#add(frame);
  }

  #begin(cursor: string, recovered: boolean): void {
    this.#isFirst = true;
    const begin = parseCursor(cursor);
    if (!begin) return this.#say("hole", [], `a connection with the cursor "${cursor}"`);
    if (recovered && cursor !== this.#since)
      this.#say("hole", [], `recovered from ${cursor}, but it had asked for ${this.#since ?? "nothing"}`);
    const goesOn = recovered && this.#stretch && formatCursor(this.#stretch.end) === cursor;
    if (goesOn) return;
    this.#stretch = { begin, end: begin, seen: new Map() };
    this.stretches.push(this.#stretch);
  }

  #add(event: LogEvent): void {
    const stretch = this.#stretch;
    if (!stretch || event.seq === undefined)
      return this.#say("hole", [event.id], `a ${event.type} without a place`);
    const position = { epoch: event.epoch ?? stretch.end.epoch, seq: event.seq };
    const key = positionKey(position);
    if (stretch.seen.has(key)) return this.#say("duplicated", [event.id], `seq ${event.seq} came twice`);
    if (comparePositions(position, stretch.end) <= 0)
      return this.#say("reordered", [event.id], `seq ${event.seq} came after ${stretch.end.seq}`);
    const { prev } = event;
    // The first event of a session comes to one who knows of later events, those of other sessions.
    const isAfterAnother = prev !== undefined && (prev > stretch.end.seq || !this.#isFirst);
    if (prev === undefined || (isAfterAnother && prev !== stretch.end.seq))
      this.#say("hole", [event.id], `seq ${event.seq} has prev ${prev}, but ${stretch.end.seq} came before`);
    this.#isFirst = false;
    stretch.seen.set(key, { position, event });
    stretch.end = position;
  }

  #say(kind: Violation["kind"], ids: readonly string[], detail: string): void {
    this.violations.push({ kind, sessionId: this.#sessionId, client: this.#client, ids, detail });
  }
}
