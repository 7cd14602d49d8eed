import { StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import {
  addPage,
  applyToTimeline,
  comparePositions,
  createTimeline,
  decodeObject,
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
} from "@natter/protocol";
import { Failure } from "./failure.ts";

export interface Page {
  /** Ascending. */
  readonly messages: PageMessage[];
  /** Up to where the page is complete: connect with `since=` this. */
  readonly cursor: string;
  readonly hasMore: boolean;
}

export interface PageRequest {
  readonly before?: string;
  readonly limit: number;
  readonly reader: string;
}

/** What the store says, complete up to `appliedSeq`. */
interface StoredPage {
  readonly messages: readonly PageMessage[];
  readonly hasMore: boolean;
  readonly known: boolean;
  readonly end?: Position;
  readonly appliedSeq: number;
}

interface Tail {
  readonly events: readonly { readonly event: LogEvent; readonly position: Position }[];
  readonly end: Position;
}

/** What the store says, and the log after it: the state of a session, also of the last millisecond. */
export class History {
  readonly #log: SessionLog;
  readonly #store: StoreClient;

  constructor(parts: { log: SessionLog; store: StoreClient }) {
    this.#log = parts.log;
    this.#store = parts.store;
  }

  /**
   * The last `limit` messages, or those before the message `before`; the reactions of `reader` are listed in any case. With the store away the log alone is
   * what there is: its last messages, and nothing older.
   *
   * @throws Failure `not_found` if `before` is no message, `temporary` for older pages with the store away
   */
  async page(sessionId: string, request: PageRequest): Promise<Page> {
    const { before } = request;
    let stored = await this.#askStore(sessionId, request);
    const tail = await this.#tail(sessionId, stored.appliedSeq);
    if (before !== undefined && !stored.known) {
      // It is still on its way to the store, which may have later ones already.
      const end = placeOf(before, tail);
      if (!end) throw new Failure("not_found", "`before` is not a message of this session");
      stored = { ...(await this.#askStore(sessionId, { ...request, end })), end };
    }
    const { messages, isCut } = fitPage(this.#join(stored, tail, request.reader), request.limit);
    return { messages, cursor: formatCursor(tail.end), hasMore: stored.hasMore || isCut };
  }

  /**
   * The store's page with what the log has after `appliedSeq` and the store has not, wherever its place is: recorders
   * that die leave holes until their events come again. What is before the store's page belongs to an earlier one.
   */
  #join(stored: StoredPage, tail: Tail, reader: string): PageMessage[] {
    const timeline = createTimeline(reader);
    addPage(timeline, stored.messages, { epoch: this.#log.epoch, seq: stored.appliedSeq });
    const [first] = stored.messages;
    const begin = stored.hasMore && first ? messageIn(timeline, first.id)?.position : undefined;
    for (const { event, position } of tail.events) applyToTimeline(timeline, event, position);
    return messagesOf(timeline).filter(({ id }) => {
      const position = messageIn(timeline, id)?.position;
      if (!position) return false;
      const isBefore = !stored.end || comparePositions(position, stored.end) < 0;
      return isBefore && (!begin || comparePositions(position, begin) >= 0);
    });
  }

  /** @throws StoreAway */
  async details(sessionId: string): Promise<{ details: SessionDetails; readMarks: ReadMark[] }> {
    const { details, readMarks, appliedSeq, epoch } = await this.#store.ask("details", { sessionId });
    const tail = await this.#tail(sessionId, epoch === this.#log.epoch ? appliedSeq : 0);
    const events = tail.events.map(({ event }) => event);
    return { details: foldDetails(details, events), readMarks: foldReadMarks(readMarks, events) };
  }

  async #askStore(sessionId: string, request: PageRequest & { end?: Position }): Promise<StoredPage> {
    try {
      const { epoch, ...answer } = await this.#store.ask("history", { sessionId, ...request });
      return { ...answer, appliedSeq: epoch === this.#log.epoch ? answer.appliedSeq : 0 };
    } catch (error) {
      if (!(error instanceof StoreAway) || request.before !== undefined) throw error;
      const { firstSeq } = await this.#log.bounds();
      return { messages: [], hasMore: firstSeq > 1, known: false, appliedSeq: 0 };
    }
  }

  async #tail(sessionId: string, appliedSeq: number): Promise<Tail> {
    const { epoch } = this.#log;
    const upTo = await this.#end(sessionId);
    const events: { event: LogEvent; position: Position }[] = [];
    for await (const { bytes, seq } of this.#log.read(sessionId, { after: appliedSeq, upTo })) {
      const event = decodeObject(bytes) as LogEvent | undefined;
      // Not everything that somebody put into the log is an event; the recorder puts the rest aside.
      if (typeof event?.id === "string" && typeof event.user?.id === "string")
        events.push({ event, position: { epoch, seq } });
    }
    return { events, end: { epoch, seq: Math.max(upTo, appliedSeq) } };
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
