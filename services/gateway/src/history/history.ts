import { readTail, StoreAway, type SessionLog, type StoreClient } from "@natter/session-log";
import {
  addPage,
  applyToTimeline,
  comparePositions,
  createTimeline,
  fitAround,
  fitFirst,
  fitPage,
  foldDetails,
  foldReadMarks,
  formatCursor,
  messageIn,
  messagesOf,
  type LogEvent,
  type PageMessage,
  type Position,
  type ReadMark,
  type SessionDetails,
  type Timeline,
} from "@natter/protocol";
import { Failure } from "../failure.ts";
import { ignoreAbsence, placedEvents } from "./session-deletion.ts";
import { withoutDeleted } from "./tombstone.ts";

export interface Page {
  /** Ascending. */
  readonly messages: PageMessage[];
  /** Up to where the page is complete: connect with `since=` this. */
  readonly cursor: string;
  /** There are earlier ones. */
  readonly hasMore: boolean;
}

export interface PageRequest {
  readonly limit: number;
  /** Whose reactions are listed in any case. */
  readonly reader: string;
}

/** A page that need not reach to the end. */
export interface InnerPage extends Page {
  /** There are later ones. */
  readonly hasNewer: boolean;
}

/** What the store says, complete up to `appliedSeq`. */
interface StoredPage {
  readonly messages: readonly PageMessage[];
  readonly hasMore: boolean;
  readonly known: boolean;
  readonly end?: Position;
  readonly appliedSeq: number;
}

interface PlacedEvent {
  readonly event: LogEvent;
  readonly position: Position;
}

interface Tail {
  readonly events: readonly PlacedEvent[];
  readonly end: Position;
  /** What lies between the store and these events is not among them. */
  readonly isCut: boolean;
}

type HistoryLog = Pick<SessionLog, "epoch" | "last" | "bounds" | "readStep" | "countFrom">;

/** What the store says, and the log after it: the state of a session, also of the last millisecond. */
export class History {
  readonly #log: HistoryLog;
  readonly #store: Pick<StoreClient, "ask">;

  constructor(parts: { log: HistoryLog; store: Pick<StoreClient, "ask"> }) {
    this.#log = parts.log;
    this.#store = parts.store;
  }

  /**
   * The last `limit` messages, or those before the message `before`; the reactions of `reader` are listed in any case.
   * With the store away or far behind the end of the log alone is what there is: its last messages, and nothing older.
   *
   * @throws Failure `not_found` if `before` is no message, `temporary` for older pages with the store far behind
   * @throws StoreAway for older pages
   */
  async page(sessionId: string, request: PageRequest & { before?: string }): Promise<Page> {
    return (await this.#before(sessionId, request)).page;
  }

  /**
   * The message `around`, about as many before it as from it on, `limit` in all.
   *
   * @throws Failure `not_found` if it is no message, `temporary` with the store far behind
   * @throws StoreAway
   */
  async around(sessionId: string, request: PageRequest & { around: string }): Promise<InnerPage> {
    const { around, limit, reader } = request;
    const older = Math.floor(limit / 2);
    const { page, end } = await this.#before(sessionId, {
      before: around,
      limit: Math.max(1, older),
      reader,
    });
    const newer = await this.#from(sessionId, { from: end, limit: limit - older, reader });
    if (newer.messages[0]?.id !== around) throw new Failure("not_found", "It was deleted with the session");
    const shown = fitAround(older === 0 ? [] : page.messages, newer.messages);
    return {
      messages: [...shown.older, ...shown.newer],
      // Read first, so the later part holds no less.
      cursor: page.cursor,
      hasMore: page.hasMore || shown.older.length < page.messages.length,
      hasNewer: newer.hasNewer || shown.newer.length < newer.messages.length,
    };
  }

  /** The first `limit` messages after the message `after`. @throws as `around` */
  async after(sessionId: string, request: PageRequest & { after: string }): Promise<InnerPage> {
    const { after, limit, reader } = request;
    const { end } = await this.#before(sessionId, { before: after, limit: 1, reader });
    return this.#from(sessionId, { from: { ...end, seq: end.seq + 1 }, limit, reader });
  }

  /** The page before a message, and where that message is. Without a message the last page. */
  async #before(
    sessionId: string,
    request: PageRequest & { before?: string },
  ): Promise<{ page: Page; end: Position }> {
    const { before } = request;
    let stored = await this.#askStore(sessionId, request);
    const tail = await this.#tail(sessionId, stored.appliedSeq);
    if (tail.isCut) {
      if (before !== undefined) throw new Failure("temporary", "Older messages cannot be read now");
      stored = { ...stored, messages: [], hasMore: true };
    }
    if (before !== undefined && !stored.known) {
      // It is still on its way to the store, which may have later ones already.
      const end = placeOf(before, tail);
      if (!end) throw new Failure("not_found", "`before` is not a message of this session");
      stored = { ...(await this.#askStore(sessionId, { ...request, end })), end };
    }
    const events = await this.#shown(sessionId, tail.events);
    const { messages, isCut } = fitPage(this.#join(stored, events, request.reader), request.limit);
    return {
      page: { messages, cursor: formatCursor(tail.end), hasMore: stored.hasMore || isCut },
      end: stored.end ?? tail.end,
    };
  }

  async #from(sessionId: string, request: PageRequest & { from: Position }): Promise<InnerPage> {
    const { from, limit, reader } = request;
    const stored = await this.#askStore(sessionId, request);
    const tail = await this.#tail(sessionId, stored.appliedSeq);
    if (tail.isCut) throw new Failure("temporary", "These messages cannot be read now");
    const timeline = this.#timelineOf(stored, await this.#shown(sessionId, tail.events), reader);
    const { messages, isCut } = fitFirst(messagesFrom(timeline, from, stored), limit);
    return { messages, cursor: formatCursor(tail.end), hasMore: true, hasNewer: stored.hasMore || isCut };
  }

  /**
   * The store's page with what the log has after `appliedSeq` and the store has not, wherever its place is: recorders
   * that die leave holes until their events come again. What is before the store's page belongs to an earlier one.
   */
  #join(stored: StoredPage, events: readonly PlacedEvent[], reader: string): PageMessage[] {
    const timeline = this.#timelineOf(stored, events, reader);
    const [first] = stored.messages;
    const begin = stored.hasMore && first ? messageIn(timeline, first.id)?.position : undefined;
    return messagesOf(timeline).filter(({ id }) => {
      const position = messageIn(timeline, id)?.position;
      if (!position) return false;
      const isBefore = !stored.end || comparePositions(position, stored.end) < 0;
      return isBefore && (!begin || comparePositions(position, begin) >= 0);
    });
  }

  #timelineOf(stored: StoredPage, events: readonly PlacedEvent[], reader: string): Timeline {
    const timeline = createTimeline(reader);
    addPage(timeline, stored.messages, { epoch: this.#log.epoch, seq: stored.appliedSeq });
    for (const { event, position } of events) applyToTimeline(timeline, event, position);
    return timeline;
  }

  /** @throws StoreAway, Failure `temporary` with the store far behind */
  async details(sessionId: string): Promise<{ details: SessionDetails; readMarks: ReadMark[] }> {
    const { details, readMarks, appliedSeq, epoch } = await this.#store.ask("details", { sessionId });
    const tail = await this.#tail(sessionId, epoch === this.#log.epoch ? appliedSeq : 0);
    if (tail.isCut) throw new Failure("temporary", "The store is behind; ask again");
    const all = tail.events.map(({ event }) => event);
    const { firstAuthor } = foldDetails(details, all);
    const events = withoutDeleted(all, firstAuthor);
    const known = firstAuthor === undefined ? details : { ...details, firstAuthor };
    return { details: foldDetails(known, events), readMarks: foldReadMarks(readMarks, events) };
  }

  /** What may be shown of `placed`. With the store away every deletion counts: only its author could ask for one. */
  async #shown(sessionId: string, placed: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]> {
    if (!placed.some(({ event }) => event.type === "session_deleted")) return placed;
    const firstAuthor = await this.#firstAuthor(sessionId);
    const shown = new Set(
      withoutDeleted(
        placed.map(({ event }) => event),
        firstAuthor,
      ),
    );
    return placed.filter(({ event }) => shown.has(event));
  }

  async #firstAuthor(sessionId: string): Promise<string | undefined> {
    return this.details(sessionId).then(({ details }) => details.firstAuthor, ignoreAbsence);
  }

  async #askStore(
    sessionId: string,
    request: PageRequest & { before?: string; end?: Position; from?: Position },
  ): Promise<StoredPage> {
    try {
      const { epoch, ...answer } = await this.#store.ask("history", { sessionId, ...request });
      return { ...answer, appliedSeq: epoch === this.#log.epoch ? answer.appliedSeq : 0 };
    } catch (error) {
      if (!(error instanceof StoreAway) || request.before !== undefined || request.from) throw error;
      const { firstSeq } = await this.#log.bounds();
      return { messages: [], hasMore: firstSeq > 1, known: false, appliedSeq: 0 };
    }
  }

  async #tail(sessionId: string, appliedSeq: number): Promise<Tail> {
    const { epoch } = this.#log;
    const upTo = await this.#end(sessionId);
    const { events, isCut } = await readTail(this.#log, sessionId, { after: appliedSeq, upTo });
    return {
      events: placedEvents(events).map(({ event, seq }) => ({ event, position: { epoch, seq } })),
      end: { epoch, seq: Math.max(upTo, appliedSeq) },
      isCut,
    };
  }

  /**
   * The session's last seq; of a session without events the log's, read before it was known to be empty: at a
   * cursor from the time before the log's first event nobody could say whether something was missed.
   */
  async #end(sessionId: string): Promise<number> {
    const last = await this.#log.last(sessionId);
    if (last) return last.seq;
    const { lastSeq } = await this.#log.bounds();
    return (await this.#log.last(sessionId))?.seq ?? lastSeq;
  }
}

function placeOf(messageId: string, { events }: Tail): Position | undefined {
  return events.find(
    ({ event: { id, type } }) => id === messageId && (type === "message" || type === "ai_complete"),
  )?.position;
}

/** The messages from a place on. What is after the store's page belongs to a later one. */
function messagesFrom(timeline: Timeline, from: Position, stored: StoredPage): PageMessage[] {
  const last = stored.messages.at(-1);
  const end = stored.hasMore && last ? messageIn(timeline, last.id)?.position : undefined;
  return messagesOf(timeline).filter(({ id }) => {
    const position = messageIn(timeline, id)?.position;
    if (!position || comparePositions(position, from) < 0) return false;
    return !end || comparePositions(position, end) <= 0;
  });
}
