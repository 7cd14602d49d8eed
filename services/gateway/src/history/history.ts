import { type LogPart, type PlacedEvent, type SessionLog, type SessionView } from "@natter/session-log";
import {
  addPage,
  applyToTimeline,
  comparePositions,
  createTimeline,
  deletesSession,
  fitAround,
  fitFirst,
  fitPage,
  foldDetails,
  foldReadMarks,
  formatCursor,
  messageIn,
  messagesOf,
  shownMessage,
  type PageMessage,
  type Position,
  type ReadMark,
  type SessionDetails,
  type Timeline,
} from "@natter/protocol";
import { Failure } from "../failure.ts";
import { ignoreAbsence } from "./session-deletion.ts";
import { withoutDeleted } from "./tombstone.ts";

export interface Page {
  /** Ascending. */
  readonly messages: PageMessage[];
  /** The page is complete up to this cursor: connect with `since=` it. */
  readonly cursor: string;
  /** There are earlier messages. */
  readonly hasMore: boolean;
}

export interface PageRequest {
  readonly limit: number;
  /** The user whose reactions are always listed. */
  readonly reader: string;
}

/** A page that may end before the last message. */
export interface InnerPage extends Page {
  /** There are later messages. */
  readonly hasNewer: boolean;
}

/** The store's page, and the events of the log after it. */
interface PageParts extends LogPart {
  readonly epoch: string;
  readonly messages: readonly PageMessage[];
  readonly hasMore: boolean;
  readonly known: boolean;
  readonly end?: Position;
  readonly appliedSeq: number;
}

interface HistoryDeps {
  readonly log: Pick<SessionLog, "bounds">;
  readonly view: SessionView;
}

/** Pages of a session and its details at this moment, from a session view. */
export class History {
  readonly #log: HistoryDeps["log"];
  readonly #view: SessionView;

  constructor(deps: HistoryDeps) {
    this.#log = deps.log;
    this.#view = deps.view;
  }

  /**
   * The last `limit` messages, or those before the message `before`. The reactions of `reader` are always listed. While the store is
   * unavailable or far behind, the page holds the last messages of the log and nothing older.
   *
   * @throws Failure `not_found` if `before` is no message, `temporary` for older pages while the store is far behind
   * @throws StoreUnavailable for older pages
   */
  async page(sessionId: string, request: PageRequest & { before?: string }): Promise<Page> {
    return (await this.#before(sessionId, request)).page;
  }

  /**
   * A page of `limit` messages: half of them before the message `around`, then `around` and later ones.
   *
   * @throws Failure `not_found` if `around` is no message, `temporary` while the store is far behind
   * @throws StoreUnavailable
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
      // The earlier part is read first, so the later part holds at least as much.
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

  /** The page before a message, and the position of that message. Without a message: the last page. */
  async #before(
    sessionId: string,
    request: PageRequest & { before?: string },
  ): Promise<{ page: Page; end: Position }> {
    const { before } = request;
    let parts = await this.#read(sessionId, request);
    if (before !== undefined && !parts.known) {
      // The store does not have the message yet, and it may have later ones already.
      const end = placeOf(before, parts);
      if (!end) throw new Failure("not_found", "`before` is not a message of this session");
      parts = { ...(await this.#read(sessionId, { ...request, end })), end };
    }
    const cursor = { epoch: parts.epoch, seq: parts.endSeq };
    const events = await this.#shown(sessionId, parts.events);
    const { messages, isCut } = fitPage(join({ ...parts, events }, request.reader), request.limit);
    return {
      page: { messages, cursor: formatCursor(cursor), hasMore: parts.hasMore || isCut },
      end: parts.end ?? cursor,
    };
  }

  async #from(sessionId: string, request: PageRequest & { from: Position }): Promise<InnerPage> {
    const { from, limit, reader } = request;
    const parts = await this.#read(sessionId, request);
    const events = await this.#shown(sessionId, parts.events);
    const timeline = timelineOf({ ...parts, events }, reader);
    const { messages, isCut } = fitFirst(messagesFrom(timeline, from, parts), limit);
    const cursor = formatCursor({ epoch: parts.epoch, seq: parts.endSeq });
    return { messages, cursor, hasMore: true, hasNewer: parts.hasMore || isCut };
  }

  /** @throws StoreUnavailable, Failure `temporary` while the store is far behind */
  async details(sessionId: string): Promise<{ details: SessionDetails; readMarks: ReadMark[] }> {
    const view = await this.#view.read(sessionId, "details", { sessionId }, "required");
    if (view.isCut) throw new Failure("temporary", "The store is behind; ask again");
    const { details, readMarks } = view.answer;
    const all = view.events.map(({ event }) => event);
    const { firstAuthor } = foldDetails(details, all);
    const events = withoutDeleted(all, firstAuthor);
    const known = firstAuthor === undefined ? details : { ...details, firstAuthor };
    return { details: foldDetails(known, events), readMarks: foldReadMarks(readMarks, events) };
  }

  /** The events that a reader may see. While the store is unavailable every deletion counts, because the gateway appends only
   * deletions of the owner. */
  async #shown(sessionId: string, placed: readonly PlacedEvent[]): Promise<readonly PlacedEvent[]> {
    if (!placed.some(({ event }) => deletesSession(event))) return placed;
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

  /**
   * Older pages and pages from a position need the store and the whole log after it. The last page needs neither: the end of the log
   * is enough.
   */
  async #read(
    sessionId: string,
    request: PageRequest & { before?: string; end?: Position; from?: Position },
  ): Promise<PageParts> {
    const isLast = request.before === undefined && request.from === undefined;
    const rule = isLast ? "log-alone" : "required";
    const { answer, ...view } = await this.#view.read(sessionId, "history", { sessionId, ...request }, rule);
    if (view.isCut && !isLast) throw new Failure("temporary", "These messages cannot be read now");
    if (answer && !view.isCut) return { ...answer, ...view };
    const hasMore = view.isCut || (await this.#log.bounds()).firstSeq > 1;
    return { ...view, messages: [], hasMore, known: false };
  }
}

/**
 * Adds the events of the log after `appliedSeq` to the store's page, wherever their positions are: a recorder that dies leaves
 * gaps in the store until its events are delivered again. Messages before the store's page belong to an earlier page.
 */
function join(parts: PageParts, reader: string): PageMessage[] {
  const timeline = timelineOf(parts, reader);
  const [first] = parts.messages;
  const begin = parts.hasMore && first ? messageIn(timeline, first.id)?.position : undefined;
  return messagesOf(timeline).filter(({ id }) => {
    const position = messageIn(timeline, id)?.position;
    if (!position) return false;
    const isBefore = !parts.end || comparePositions(position, parts.end) < 0;
    return isBefore && (!begin || comparePositions(position, begin) >= 0);
  });
}

function timelineOf({ messages, events, epoch, appliedSeq }: PageParts, reader: string): Timeline {
  const timeline = createTimeline(reader);
  addPage(timeline, messages, { epoch, seq: appliedSeq });
  for (const { event, seq } of events) applyToTimeline(timeline, event, { epoch, seq });
  return timeline;
}

function placeOf(messageId: string, { events, epoch }: PageParts): Position | undefined {
  const found = events.find(({ event }) => shownMessage(event)?.id === messageId);
  return found && { epoch, seq: found.seq };
}

/** The messages from a position on. Messages after the store's page belong to a later page. */
function messagesFrom(timeline: Timeline, from: Position, parts: PageParts): PageMessage[] {
  const last = parts.messages.at(-1);
  const end = parts.hasMore && last ? messageIn(timeline, last.id)?.position : undefined;
  return messagesOf(timeline).filter(({ id }) => {
    const position = messageIn(timeline, id)?.position;
    if (!position || comparePositions(position, from) < 0) return false;
    return !end || comparePositions(position, end) <= 0;
  });
}
