import {
  comparePositions,
  formatCursor,
  parseCursor,
  type LogEvent,
  type PageMessage,
  type Position,
  type ServerFrame,
  type ServerFrameOf,
} from "@natter/protocol/plain";
import { Connection } from "../connection/connection.ts";
import { Conversation, type PlacedEvent } from "../timeline/conversation.ts";
import { History } from "../timeline/history.ts";
import type { StoredEvent } from "../outbox/outbox.ts";
import type { SessionServices } from "./session-services.ts";
import { resync } from "../connection/wire-constants.ts";

export interface FeedListener {
  /** Something to show may have changed. */
  readonly changed: () => void;
  readonly connectionChanged: () => void;
  /** A frame was applied; durable ones come once and in order. */
  frame(frame: ServerFrame): void;
  /** Events of this client may be among these. Everything up to `seq` has come; 0 if that is not known. */
  came(events: readonly StoredEvent[], seq: number): void;
  /** The connection ended with this code, not for good. */
  closed(code: number): void;
}

/**
 * Frames and pages of one session, brought together in its conversation without a hole and without anything twice.
 * The socket and the newest page are asked for at the same time. A page that reaches at least as far as the place
 * where the socket began leaves nothing between the two; one that does not is loaded again.
 */
export class SessionFeed {
  readonly conversation = new Conversation();
  readonly connection: Connection;
  readonly history: History;
  readonly #listener: FeedListener;
  #cursor: Position | undefined;
  /** What came since the page that is being loaded was asked for. */
  #later: PlacedEvent[] | undefined = [];

  constructor(sessionId: string, services: SessionServices, listener: FeedListener) {
    this.#listener = listener;
    this.history = new History({
      ...services,
      sessionId,
      changed: listener.changed,
      newest: (page, upTo) => this.#showNewest(page, upTo),
      more: (page, upTo) => this.#showMore(page, upTo),
    });
    this.connection = new Connection({
      ...services,
      sessionId,
      cursor: () => this.#cursor && formatCursor(this.#cursor),
      frame: (frame) => this.#receive(frame),
      changed: listener.connectionChanged,
      closed: (code) => {
        // The cursor is worth nothing any more.
        if (code === resync) this.#cursor = undefined;
        listener.closed(code);
      },
    });
  }

  open(): void {
    this.history.open();
    this.connection.open();
  }

  close(): void {
    this.history.close();
    this.connection.close();
  }

  showAround(messageId: string | undefined): void {
    this.#later = [];
    this.history.show(messageId);
  }

  #receive(frame: ServerFrame): void {
    if (isEvent(frame)) {
      if (!this.#apply(frame)) return;
    } else if (frame.type === "connection") this.#begin(frame);
    else if (frame.type === "ai_chunk" || frame.type === "ai_text") this.conversation.applyReply(frame);
    this.#listener.frame(frame);
    // Of something that was stored long ago: its event has come already.
    if (frame.type === "ack") this.#listener.came([], this.#cursor?.seq ?? 0);
    this.#listener.changed();
  }

  #begin({ user, cursor, recovered, replies }: ServerFrameOf<"connection">): void {
    const from = parseCursor(cursor);
    this.#cursor = from;
    this.conversation.setMe(user);
    if (!recovered && from && !this.history.reaches(from)) {
      // Those that ended meanwhile may be in no page that is loaded.
      this.conversation.forgetReplies();
      this.#later = [];
      this.history.requireNewest(from);
    }
    for (const reply of replies) this.conversation.applyReply(reply);
  }

  /** @returns whether it was new */
  #apply(event: LogEvent): boolean {
    const cursor = this.#cursor;
    if (!cursor || event.seq === undefined) return false;
    const position = { epoch: event.epoch ?? cursor.epoch, seq: event.seq };
    if (comparePositions(position, cursor) <= 0) return false;
    if (position.epoch === cursor.epoch && event.prev !== undefined && event.prev > cursor.seq) {
      // Something is missing: it is sent again after the cursor.
      this.connection.restart();
      return false;
    }
    this.#cursor = position;
    this.#later?.push({ event, position });
    this.conversation.apply(event, position);
    this.#listener.came([event], event.seq);
    return true;
  }

  #showNewest(page: readonly PageMessage[], upTo: Position): void {
    this.conversation.reset(page, upTo, this.#later ?? [], this.history.end);
    this.#later = undefined;
    this.#settle(page, upTo);
  }

  #showMore(page: readonly PageMessage[], upTo: Position): void {
    this.conversation.addPage(page, upTo, this.history.end);
    this.#settle(page, upTo);
  }

  #settle(page: readonly PageMessage[], upTo: Position): void {
    const cursor = this.#cursor;
    this.#listener.came(page, cursor?.epoch === upTo.epoch ? Math.min(upTo.seq, cursor.seq) : 0);
  }
}

function isEvent(frame: ServerFrame): frame is LogEvent {
  return "seq" in frame && frame.type !== "ack";
}
