import { eventIn, type SessionLog, type StoredEvent } from "@natter/session-log";
import { isSpliceable, spliceSequence, traitsOf, type CloseReason } from "@natter/protocol";
import type { LogWindow } from "./log-window.ts";
import type { LogWindows } from "./log-windows.ts";
import type { PacedSink, Subscriber } from "./subscriber.ts";
import { isDeletable, tombstoneOf } from "../history/tombstone.ts";

export interface ReplayDeps {
  readonly log: SessionLog;
  readonly windows: LogWindows;
}

/**
 * Sends a client the events that it missed, as fast as the client reads, and then makes it live. If too many events come meanwhile
 * to be buffered, the replay reads them from the log at its end. It never sends deleted content, even if the deletion comes during
 * the replay. The deletion of the session ends the connection: what the client sent meanwhile was meant for the deleted session, and
 * its frames are handled only after the replay.
 */
export class Replay {
  readonly #deps: ReplayDeps;
  readonly #sessionId: string;
  readonly #subscriber: Subscriber;
  readonly #sink: PacedSink;
  /** The last event whose frame was sent to the client. */
  #sentSeq: number;

  constructor(deps: ReplayDeps, reader: { sessionId: string; subscriber: Subscriber; sink: PacedSink }) {
    this.#deps = deps;
    this.#sessionId = reader.sessionId;
    this.#subscriber = reader.subscriber;
    this.#sink = reader.sink;
    this.#sentSeq = reader.subscriber.position;
  }

  /** Resolves when the subscriber is live or gone. @throws LogUnreadable */
  async run(): Promise<void> {
    while (!this.#sink.hasEnded && !this.#subscriber.goLive()) {
      const reason = await this.#step();
      this.#sink.hold(0);
      if (reason) return this.#sink.end(reason);
    }
  }

  /** @returns why the client must reconnect */
  async #step(): Promise<CloseReason | undefined> {
    const { log, windows } = this.#deps;
    const { position, owedSeq: upTo } = this.#subscriber;
    const window = await windows.reach(this.#sessionId, { after: position, upTo, isLagging: true });
    if (!window) return "too_slow";
    const after = this.#begin(window, position);
    const events = await log.readStep(this.#sessionId, { after, upTo });
    let heldBytes = events.reduce((sum, { bytes }) => sum + bytes.length, this.#subscriber.keptBytes);
    for (const event of events) {
      this.#sink.hold(heldBytes);
      heldBytes -= event.bytes.length;
      if (!isSpliceable(event.bytes)) this.#subscriber.replay(event.seq);
      else if (this.#isNext(window, event)) await this.#send(window, event);
      else return this.#resync();
      if (event.seq === window.deleted?.seq) return "session_deleted";
      if (this.#sink.hasEnded) return undefined;
    }
    if (events.length > 0) return undefined;
    if ((window.nextAfter(after) ?? upTo + 1) <= upTo) return this.#resync();
    this.#subscriber.replay(upTo);
    return undefined;
  }

  /** Where the read continues: never before a deletion of the session. */
  #begin(window: LogWindow, position: number): number {
    const after = window.startOf(position);
    this.#subscriber.replay(after);
    return after;
  }

  /** Events can expire or be purged between the promise of a replay and its read. */
  #isNext(window: LogWindow, { seq }: StoredEvent): boolean {
    return window.nextAfter(this.#subscriber.position) === seq;
  }

  #resync(): CloseReason {
    this.#deps.windows.forget(this.#sessionId);
    return "resync";
  }

  async #send(window: LogWindow, { seq, bytes }: StoredEvent): Promise<void> {
    // A later window may know later deletions.
    const latest = this.#deps.windows.of(this.#sessionId) ?? window;
    const frame = spliceSequence(this.#shown(latest, seq, bytes), { seq, prev: this.#sentSeq });
    this.#sentSeq = seq;
    this.#subscriber.replay(seq, frame);
    await this.#sink.drained();
  }

  #shown(window: LogWindow, seq: number, bytes: Uint8Array): Uint8Array {
    if (!window.hasDeletions || !isDeletable(bytes)) return bytes;
    const event = eventIn(bytes);
    if (!event) return bytes;
    const messageId = traitsOf(event).contentOf?.(event) ?? event.id;
    const deletion = window.deletionOf(messageId, event.user.id);
    // A message after its own deletion is a new message. All edits belong to the deleted one.
    const counts = deletion && (messageId !== event.id || deletion.seq > seq);
    return counts ? tombstoneOf(event, deletion.at) : bytes;
  }
}
