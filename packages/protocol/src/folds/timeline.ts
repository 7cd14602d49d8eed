/**
 * The messages of a session, folded from its events and from pages of history. Events may come in any order
 * and more than once; the result depends on their positions alone. An edit or a deletion by anyone but the
 * author is ignored, and so is what stands in the log before the message that it is about.
 */
import { comparePositions, type Position } from "../position.ts";
import { addReaction, foldReactions, type ReactionRegisters } from "./reactions.ts";
import type { LogEvent, LogEventOf, PageMessage } from "../frames/server-frames.ts";

type MessageEvent = LogEventOf<"message"> | LogEventOf<"ai_complete">;

interface Dated<T> {
  readonly position: Position;
  readonly value: T;
}

interface Entry {
  /** From the page that reaches furthest. It says all that happened to the message up to there. */
  page?: { readonly frame: PageMessage; readonly upTo: Position };
  event?: { readonly frame: MessageEvent; readonly position: Position };
  /** By user: who the author is may be learnt after the edit. */
  readonly edits: Map<string, Dated<{ readonly text: string; readonly at: string }>>;
  readonly deletions: Map<string, Dated<string>>;
  readonly reactions: ReactionRegisters;
}

export interface Timeline {
  readonly entries: Map<string, Entry>;
  /** Everything at or before it is gone. */
  deletedAt?: Position;
  /** Id of the user whose own reactions are always listed. Pages that were made for somebody else may leave them out. */
  reader?: string;
}

export function createTimeline(reader?: string): Timeline {
  return { entries: new Map(), ...(reader === undefined ? {} : { reader }) };
}

/** Adds a page whose content is complete up to `upTo`: of its messages, only later events count. */
export function addPage(timeline: Timeline, page: readonly PageMessage[], upTo: Position): void {
  for (const frame of page) {
    const entry = entryOf(timeline, frame.id);
    if (!entry.page || comparePositions(entry.page.upTo, upTo) < 0) entry.page = { frame, upTo };
  }
}

export function applyToTimeline(timeline: Timeline, event: LogEvent, position: Position): void {
  switch (event.type) {
    case "ai_complete":
      if (event.discarded) return;
      return addMessage(entryOf(timeline, event.id), event, position);
    case "message":
      return addMessage(entryOf(timeline, event.id), event, position);
    case "message_edited":
      return setLatest(entryOf(timeline, event.messageId).edits, event.user.id, {
        position,
        value: { text: event.message, at: event.sentAt },
      });
    case "message_deleted":
      return setLatest(entryOf(timeline, event.messageId).deletions, event.user.id, {
        position,
        value: event.sentAt,
      });
    case "reaction":
      return addReaction(
        entryOf(timeline, event.messageId).reactions,
        { emoji: event.emoji, user: event.user.id, on: event.on },
        position,
      );
    case "session_deleted":
      if (!timeline.deletedAt || comparePositions(timeline.deletedAt, position) < 0)
        timeline.deletedAt = position;
      return;
    default:
  }
}

/** A message and its place. */
export interface PlacedMessage {
  readonly position: Position;
  readonly message: PageMessage;
}

/** One message as the latest events left it; `undefined` if it is not known or gone with its session. */
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

function addMessage(entry: Entry, event: MessageEvent, position: Position): void {
  // Of a message or an answer that is in the log twice the first counts.
  if (entry.event && comparePositions(entry.event.position, position) <= 0) return;
  entry.event = { frame: event, position };
}

/** A message as it was at `upTo`. */
interface StoredMessage {
  readonly frame: PageMessage;
  readonly position: Position;
  readonly upTo: Position;
}

function storedMessage({ page, event }: Entry): StoredMessage | undefined {
  if (page) {
    const { frame, upTo } = page;
    return { frame, upTo, position: { epoch: frame.epoch ?? upTo.epoch, seq: frame.seq ?? 0 } };
  }
  if (!event) return undefined;
  const { frame, position } = event;
  return { frame: { ...frame, seq: position.seq }, position, upTo: position };
}

function foldEntry(
  entry: Entry,
  { frame, position, upTo }: StoredMessage,
  reader: string | undefined,
): PageMessage {
  const { prev: _prev, reactions: known = [], ...own } = frame;
  const folded: PageMessage = { ...own };
  const edit = entry.edits.get(frame.user.id);
  if (frame.type === "message" && edit && comparePositions(edit.position, upTo) > 0) {
    folded.message = edit.value.text;
    folded.editedAt = edit.value.at;
  }
  const deletion = entry.deletions.get(frame.user.id);
  if (deletion && comparePositions(deletion.position, position) > 0) folded.deletedAt = deletion.value;
  if (folded.deletedAt !== undefined) withoutContent(folded);
  const reactions = foldReactions(known, entry.reactions, { after: upTo, reader });
  if (reactions.length > 0) folded.reactions = reactions;
  return folded;
}

function withoutContent(message: PageMessage): void {
  message.message = "";
  delete message.editedAt;
  if (message.type === "message") delete message.attachments;
  else delete message.reasoning;
}

function setLatest<T>(values: Map<string, Dated<T>>, key: string, dated: Dated<T>): void {
  const known = values.get(key);
  if (!known || comparePositions(known.position, dated.position) < 0) values.set(key, dated);
}

function entryOf(timeline: Timeline, id: string): Entry {
  let entry = timeline.entries.get(id);
  if (!entry) {
    entry = { edits: new Map(), deletions: new Map(), reactions: new Map() };
    timeline.entries.set(id, entry);
  }
  return entry;
}
