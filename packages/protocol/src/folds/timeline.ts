/**
 * The messages of a session, folded from its events and from pages of history. Events may come in any order and more than
 * once. The result depends on their positions alone. An event that changes a message counts only if it is later than the
 * message; what it changes is in the event table.
 */
import { defined } from "../defined.ts";
import { placeOf, reactionIn, registerOf, shownMessage, withoutContent } from "../events/event-meaning.ts";
import type { LogEvent, MessageEvent, PageMessage } from "../frames/server-frames.ts";
import { comparePositions, type Position } from "../position.ts";
import { addReaction, foldReactions, type ReactionRegisters } from "./reactions.ts";

/** An event and its place in the log. */
interface Placed<E> {
  readonly event: E;
  readonly position: Position;
}

interface Entry {
  /** From the page that reaches furthest. It has all changes of the message up to there. */
  page?: { readonly frame: PageMessage; readonly upTo: Position };
  own?: Placed<MessageEvent>;
  /** The latest event of each slot. */
  readonly registers: Map<string, Placed<LogEvent>>;
  readonly reactions: ReactionRegisters;
}

export interface Timeline {
  readonly entries: Map<string, Entry>;
  /** Everything at or before it was deleted with the session. */
  deletedAt?: Position;
  /** Id of the user whose own reactions are always listed. Pages that were made for another user may leave them out. */
  reader?: string;
}

export function createTimeline(reader?: string): Timeline {
  return { entries: new Map(), ...defined({ reader }) };
}

/** Adds a page whose content is complete up to `upTo`: of its messages, only later events count. */
export function addPage(timeline: Timeline, page: readonly PageMessage[], upTo: Position): void {
  for (const frame of page) {
    const entry = entryOf(timeline, frame.id);
    if (!entry.page || comparePositions(entry.page.upTo, upTo) < 0) entry.page = { frame, upTo };
  }
}

export function applyToTimeline(timeline: Timeline, event: LogEvent, position: Position): void {
  switch (placeOf(event).kind) {
    case "message":
      return addMessage(timeline, event, position);
    case "register":
      return setRegister(timeline, event, position);
    case "reaction":
      return react(timeline, event, position);
    case "session_end":
      return endSession(timeline, position);
    case "details":
    case "read_mark":
    case "nowhere":
      return;
  }
}

/** A message and its place. */
export interface PlacedMessage {
  readonly position: Position;
  readonly message: PageMessage;
}

/** One message as the latest events left it; `undefined` if it is not known or was deleted with its session. */
export function messageIn(timeline: Timeline, id: string): PlacedMessage | undefined {
  const entry = timeline.entries.get(id);
  const stored = entry && storedMessage(entry);
  if (!entry || !stored) return undefined;
  const { position } = stored;
  if (timeline.deletedAt && comparePositions(position, timeline.deletedAt) <= 0) return undefined;
  return { position, message: foldEntry(entry, stored, timeline.reader) };
}

/** The messages in their order, each as the latest events left it. */
export function messagesOf(timeline: Timeline): PageMessage[] {
  return [...timeline.entries.keys()]
    .flatMap((id) => messageIn(timeline, id) ?? [])
    .sort((left, right) => comparePositions(left.position, right.position))
    .map(({ message }) => message);
}

function addMessage(timeline: Timeline, event: LogEvent, position: Position): void {
  const message = shownMessage(event);
  if (!message) return;
  const entry = entryOf(timeline, message.id);
  // Of a message or a reply that is in the log twice, the first counts.
  if (entry.own && comparePositions(entry.own.position, position) <= 0) return;
  entry.own = { event: message, position };
}

function setRegister(timeline: Timeline, event: LogEvent, position: Position): void {
  const register = registerOf(event);
  if (!register) return;
  const { registers } = entryOf(timeline, register.target);
  const known = registers.get(register.slot);
  if (!known || comparePositions(known.position, position) < 0)
    registers.set(register.slot, { event, position });
}

function react(timeline: Timeline, event: LogEvent, position: Position): void {
  const reaction = reactionIn(event);
  if (reaction) addReaction(entryOf(timeline, reaction.messageId).reactions, reaction, position);
}

function endSession(timeline: Timeline, position: Position): void {
  const { deletedAt } = timeline;
  if (!deletedAt || comparePositions(deletedAt, position) < 0) timeline.deletedAt = position;
}

/** A message as it was at `upTo`. */
interface StoredMessage {
  readonly frame: PageMessage;
  readonly position: Position;
  readonly upTo: Position;
}

function storedMessage({ page, own }: Entry): StoredMessage | undefined {
  if (page) {
    const { frame, upTo } = page;
    return { frame, upTo, position: { epoch: frame.epoch ?? upTo.epoch, seq: frame.seq ?? 0 } };
  }
  if (!own) return undefined;
  const { event, position } = own;
  return { frame: { ...event, seq: position.seq }, position, upTo: position };
}

function foldEntry(entry: Entry, { frame, upTo }: StoredMessage, reader: string | undefined): PageMessage {
  const { prev: _prev, reactions: known = [], ...message } = frame;
  const folded: PageMessage = { ...message };
  for (const { event, position } of entry.registers.values()) {
    const place = placeOf(event);
    if (place.kind === "register" && comparePositions(position, upTo) > 0) place.change(folded, event);
  }
  const reactions = foldReactions(known, entry.reactions, { after: upTo, reader });
  const left = folded.deletedAt === undefined ? folded : withoutContent(folded);
  return reactions.length > 0 ? { ...left, reactions } : left;
}

function entryOf(timeline: Timeline, id: string): Entry {
  let entry = timeline.entries.get(id);
  if (!entry) {
    entry = { registers: new Map(), reactions: new Map() };
    timeline.entries.set(id, entry);
  }
  return entry;
}
