import {
  parseCursor,
  positionKey,
  type ClientFrame,
  type LogEvent,
  type PageMessage,
  type Position,
  type ServerFrameOf,
} from "@natter/protocol";
import type { HistoryRead, SessionEvidence, Violation } from "./evidence.ts";
import { readJournal, type Reader, type Sighting } from "./reader.ts";

/** One intent of a client, every time that it was sent, and every answer. */
export interface Intent {
  readonly client: string;
  readonly clientId: string;
  readonly frame: ClientFrame;
  /** Which of the client's connections it was sent on, and when, in the order of sending. */
  readonly tries: { readonly index: number; readonly connection: number }[];
  readonly acks: { readonly index: number; readonly ack: ServerFrameOf<"ack"> }[];
  readonly errors: ServerFrameOf<"error">[];
}

/** A message in history, and where. */
export interface Kept {
  readonly position: Position;
  readonly message: PageMessage;
}

/** Everything that is known of a session, from whatever side. */
export interface SessionFacts {
  readonly sessionId: string;
  readonly readers: readonly Reader[];
  /** What anybody saw, by its place in the log. */
  readonly events: ReadonlyMap<string, Sighting>;
  readonly intents: ReadonlyMap<string, Intent>;
  readonly histories: readonly { readonly gateway: string; readonly kept: readonly Kept[] }[];
  readonly violations: readonly Violation[];
}

export function gatherFacts(evidence: SessionEvidence): SessionFacts {
  const { sessionId, journals, histories } = evidence;
  const readers = journals.map((journal) => readJournal(sessionId, journal));
  const violations = readers.flatMap((reader) => reader.violations);
  const events = new Map<string, Sighting>();
  for (const { client, stretches } of readers) {
    for (const [key, sighting] of stretches.flatMap(({ seen }) => [...seen])) {
      const known = events.get(key);
      // Whoever saw it before its deletion knows more of it.
      if (!known || (isTombstone(known.event) && known.event.id === sighting.event.id))
        events.set(key, sighting);
      else if (!isSameEvent(known.event, sighting.event))
        violations.push({
          kind: "reordered",
          sessionId,
          client,
          ids: [known.event.id, sighting.event.id],
          detail: `two events at seq ${sighting.position.seq}`,
        });
    }
  }
  return {
    sessionId,
    readers,
    events,
    intents: gatherIntents(evidence),
    histories: histories.map((history) => ({ gateway: history.gateway, kept: placed(history) })),
    violations,
  };
}

export function keyOf({ position }: { readonly position: Position }): string {
  return positionKey(position);
}

/** In the order of the log. */
export function inOrder(facts: SessionFacts): Sighting[] {
  return [...facts.events.values()].sort((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

/** A replay shows a message that was deleted meanwhile without its content. */
function isSameEvent(left: LogEvent, right: LogEvent): boolean {
  if (isTombstone(right)) return left.id === right.id && left.type === right.type;
  return withoutPrev(left) === withoutPrev(right);
}

function isTombstone(event: LogEvent): boolean {
  return "deletedAt" in event && event.deletedAt !== undefined;
}

function withoutPrev({ prev: _prev, ...event }: LogEvent): string {
  return JSON.stringify(event);
}

function placed({ messages, cursor }: HistoryRead): Kept[] {
  const epoch = parseCursor(cursor)?.epoch ?? "";
  return messages.map((message) => ({
    message,
    position: { epoch: message.epoch ?? epoch, seq: message.seq ?? -1 },
  }));
}

function gatherIntents({ journals }: SessionEvidence): Map<string, Intent> {
  const intents = new Map<string, Intent>();
  for (const { client, entries } of journals) {
    let connection = 0;
    for (const [index, entry] of entries.entries()) {
      if (entry.kind === "opened") connection++;
      else if (entry.kind === "sent") {
        const { id: clientId } = entry.frame;
        const intent = intents.get(clientId) ?? {
          client,
          clientId,
          frame: entry.frame,
          tries: [],
          acks: [],
          errors: [],
        };
        intent.tries.push({ index, connection });
        intents.set(clientId, intent);
      } else if (entry.kind === "got" && entry.frame.type === "ack")
        intents.get(entry.frame.id)?.acks.push({ index, ack: entry.frame });
      else if (entry.kind === "got" && entry.frame.type === "error" && entry.frame.id !== undefined)
        intents.get(entry.frame.id)?.errors.push(entry.frame);
    }
  }
  return intents;
}
