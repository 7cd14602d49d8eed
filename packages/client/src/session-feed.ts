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
import { Connection } from "./connection.ts";
import { Conversation, type PlacedEvent } from "./conversation.ts";
import { History } from "./history.ts";
import type { SessionServices } from "./session-services.ts";

export interface FeedListener {
  /** Something to show may have changed. */
  changed(): void;
  /** A frame was applied; durable ones come once and in order. */
  frame(frame: ServerFrame): void;
  /** An event of this client may be among these. */
  stored(event: { readonly id: string; readonly clientId?: string; readonly seq: number }): void;
  /** Everything up to `seq` has come. */
  reached(seq: number): void;
  recovered(isRecovered: boolean): void;
  frameRefused(): void;
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
  #hadConnection = false;

  constructor(sessionId: string, services: SessionServices, listener: FeedListener) {
    this.#listener = listener;
    const { http, transports, network, pageMessages } = services;
    this.history = new History({
      http,
      sessionId,
      pageMessages,
      changed: () => listener.changed(),
      newest: (page, upTo) => this.#showNewest(page, upTo),
      more: (page, upTo) => this.#showMore(page, upTo),
    });
    this.connection = new Connection(
      {
        sessionId,
        transports,
        network,
        token: http,
        cursor: () => this.#cursor && formatCursor(this.#cursor),
      },
      {
        frame: (frame) => this.#receive(frame),
        changed: () => listener.changed(),
        cursorLost: () => (this.#cursor = undefined),
        frameRefused: () => listener.frameRefused(),
      },
    );
  }

  /** Place of the last event that was seen. */
  get reachedSeq(): number {
    return this.#cursor?.seq ?? 0;
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
    if (this.#hadConnection) this.#listener.recovered(recovered);
    this.#hadConnection = true;
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
    this.#listener.stored({ ...event, seq: event.seq });
    this.#listener.reached(event.seq);
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
    for (const message of page) this.#listener.stored({ ...message, seq: message.seq ?? 0 });
    if (this.#cursor?.epoch === upTo.epoch) this.#listener.reached(Math.min(upTo.seq, this.#cursor.seq));
  }
}

function isEvent(frame: ServerFrame): frame is LogEvent {
  return "seq" in frame && frame.type !== "ack";
}
