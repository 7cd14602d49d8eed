import { StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import {
  addPage,
  applyToTimeline,
  createTimeline,
  decodeObject,
  foldDetails,
  foldReadMarks,
  formatCursor,
  limits,
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
   * The last `limit` messages, or those before the message `before`. With the store away the log alone is
   * what there is: its last messages, and nothing older.
   *
   * @throws Failure `not_found` if `before` is no message, `temporary` for older pages with the store away
   */
  async page(sessionId: string, request: { before?: string; limit: number }): Promise<Page> {
    const stored = await this.#askStore(sessionId, request);
    const tail = await this.#tail(sessionId, stored.appliedSeq);
    const timeline = createTimeline();
    addPage(timeline, stored.messages, { epoch: this.#log.epoch, seq: stored.appliedSeq });
    const inStore = new Set(stored.messages.map(({ id }) => id));
    for (const { event, position } of tail.events) applyToTimeline(timeline, event, position);
    let messages = messagesOf(timeline);
    if (request.before !== undefined) {
      // Messages of the tail are later than one that the store knows.
      messages = stored.known
        ? messages.filter(({ id }) => inStore.has(id))
        : olderThan(messages, request.before);
    }
    const { page, wasCut } = lastOf(messages, request.limit);
    return { messages: page, cursor: formatCursor(tail.end), hasMore: stored.hasMore || wasCut };
  }

  /** @throws StoreAway */
  async details(sessionId: string): Promise<{ details: SessionDetails; readMarks: ReadMark[] }> {
    const { details, readMarks, appliedSeq, epoch } = await this.#store.ask("details", { sessionId });
    const tail = await this.#tail(sessionId, epoch === this.#log.epoch ? appliedSeq : 0);
    const events = tail.events.map(({ event }) => event);
    return { details: foldDetails(details, events), readMarks: foldReadMarks(readMarks, events) };
  }

  async #askStore(
    sessionId: string,
    request: { before?: string; limit: number },
  ): Promise<{ messages: PageMessage[]; hasMore: boolean; known: boolean; appliedSeq: number }> {
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

function olderThan(messages: PageMessage[], before: string): PageMessage[] {
  const index = messages.findIndex(({ id }) => id === before);
  if (index === -1) throw new Failure("not_found", "`before` is not a message of this session");
  return messages.slice(0, index);
}

/** The last messages that fit a page, at least one. */
function lastOf(messages: PageMessage[], limit: number): { page: PageMessage[]; wasCut: boolean } {
  let first = messages.length;
  for (let bytes = 0; first > 0 && messages.length - first < limit; first--) {
    bytes += Buffer.byteLength(JSON.stringify(messages[first - 1]));
    if (bytes > limits.pageBytes && first < messages.length) break;
  }
  return { page: messages.slice(first), wasCut: first > 0 };
}
