import type { Connection } from "@natter/session-log";
import { decodeObject, type LogEventOf, type ServerFrameOf } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { logMissedText, logUnsent, sendLater } from "./missed-text.ts";
import { ReplyFeed, type ReplyFeedOutputs } from "./reply-feed.ts";
import { ReplyOwner } from "./reply-owner.ts";
import type { Attempt, Subscriber } from "./subscriber.ts";

export interface SessionReplyDeps extends Omit<ReplyFeedOutputs, "askOwner"> {
  readonly sessionId: string;
  readonly connection: Connection;
  readonly logger: Logger;
}

/** The running reply of one session at this gateway: its chunks, and what its owner answers about its text so far. */
export class SessionReply {
  readonly #deps: SessionReplyDeps;
  readonly #feed: ReplyFeed;
  readonly #owner: ReplyOwner;
  /** Whether this gateway has requested the text of a running reply from its owner. */
  #hasAsked = false;

  constructor(deps: SessionReplyDeps) {
    this.#deps = deps;
    this.#owner = new ReplyOwner(deps.connection, deps.sessionId);
    this.#feed = new ReplyFeed({ ...deps, askOwner: async () => this.#owner.ask() });
  }

  /** The running attempt, if a chunk of it was published. */
  get underway(): Attempt | undefined {
    return this.#feed.underway;
  }

  isFinished(replyId: string): boolean {
    return this.#feed.isFinished(replyId);
  }

  /** The text so far of the running reply, for a joining subscriber. */
  async soFar(): Promise<ServerFrameOf<"ai_text"> | undefined> {
    if (this.#hasAsked && !this.#feed.isRunning) return undefined;
    const answer = await this.#owner.askAnew();
    const isFirst = !this.#hasAsked;
    this.#hasAsked = true;
    return answer && this.#feed.tell(answer, isFirst);
  }

  /** Requests the text again while the attempt runs, because the owner did not answer when the subscriber joined. */
  async sendLater(subscriber: Subscriber, untold: Attempt, isHere: () => boolean): Promise<void> {
    logUnsent(this.#deps.logger, this.#deps.sessionId, untold);
    await sendLater(subscriber, untold, { owner: this.#owner, reply: this.#feed, isHere });
  }

  /** Requests the text if a reply is running, because chunks may have been missed. */
  mend(): void {
    if (this.#feed.isRunning) void this.#feed.mend();
  }

  onChunk(frame: Uint8Array): void {
    this.#feed.onChunk(frame);
  }

  /** Call this when `ai_start` was relayed. */
  onStart(bytes: Uint8Array): void {
    const start = decodeObject(bytes) as LogEventOf<"ai_start"> | undefined;
    if (start) this.#feed.onStart(start);
  }

  /** Resolves when the trailing chunks have come, or after a short wait. */
  async beforeComplete(bytes: Uint8Array): Promise<void> {
    const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
    if (complete) await this.#feed.beforeComplete(complete);
  }

  /**
   * Call this when `ai_complete` was relayed.
   *
   * @param waited whether `beforeComplete` was awaited
   */
  onComplete(bytes: Uint8Array, waited: boolean): void {
    const complete = decodeObject(bytes) as LogEventOf<"ai_complete"> | undefined;
    if (!complete) return;
    const { logger, sessionId } = this.#deps;
    logMissedText(logger, sessionId, { complete, said: this.#feed.saidOf(complete), waited });
    this.#feed.onComplete(complete.id);
  }

  close(): void {
    this.#feed.close();
  }
}
