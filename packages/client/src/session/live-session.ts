import type { LogEvent, ServerFrame } from "@natter/protocol/plain";
import { ClosedError, toError } from "../errors.ts";
import { Listeners } from "../observing/listeners.ts";
import { keepSame } from "../observing/keep-same.ts";
import { Presence } from "../people/presence.ts";
import { ReadMark } from "../people/read-mark.ts";
import { ReplyStream } from "./reply-stream.ts";
import { SessionFacts } from "./session-facts.ts";
import { SessionFeed } from "./session-feed.ts";
import { SessionIntents } from "../outbox/intents.ts";
import type { SessionServices } from "./session-services.ts";
import type { Ack, Reply, SendOptions, Session, SessionEvents } from "../session.ts";
import type { Message, SessionSnapshot } from "../snapshots.ts";
import { TypingSignal } from "../people/typing-signal.ts";
import { handled, nextChange, untilAborted } from "../observing/waiting.ts";
import { tooBig } from "../connection/wire-constants.ts";

/** Components that come and go within one render must not cost a connection. */
const releaseMs = 1_000;

/** The parts of a session, put together. */
export class LiveSession implements Session {
  readonly id: string;
  readonly #services: SessionServices;
  readonly #feed: SessionFeed;
  readonly #facts: SessionFacts;
  readonly #intents: SessionIntents;
  readonly #presence: Presence;
  readonly #typing: TypingSignal;
  readonly #readMark: ReadMark;
  /** By the key of a message; those without one look at all but the messages. */
  readonly #watchers = new Listeners();
  readonly #events = new Listeners();
  #shown: SessionSnapshot;
  #wasConnected = false;
  readonly #holders = new Set<object>();

  constructor(id: string, services: SessionServices) {
    this.id = id;
    this.#services = services;
    const changed = (): void => this.#refresh();
    this.#feed = new SessionFeed(id, services, {
      changed,
      connectionChanged: () => this.#connectionChanged(),
      frame: (frame) => this.#applied(frame),
      came: (events, seq) => this.#intents.each((outbox) => outbox.came(events, seq)),
      closed: (code) => {
        if (code === tooBig) this.#intents.refuseLast();
      },
    });
    const { connection, conversation } = this.#feed;
    const placeOf = (messageId: string): number =>
      conversation.keys.indexOf(conversation.keyOf(messageId) ?? "");
    this.#facts = new SessionFacts(services.http, id, changed, placeOf);
    this.#presence = new Presence(changed);
    this.#typing = new TypingSignal((frame) => connection.send(frame));
    this.#readMark = new ReadMark((messageId) => connection.send({ type: "read_receipt", messageId }));
    this.#intents = new SessionIntents({
      ...services,
      sessionId: id,
      connection,
      changed: () => {
        conversation.setIntents(this.#intents.outbox.pending);
        changed();
      },
      failed: (error) => this.#emit("error", error),
      refusalOf: () => (this.#facts.isDeleted ? new ClosedError() : connection.snapshot.error),
    });
    this.#shown = this.#snapshot();
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#watchers.add("", listener);
  readonly getSnapshot = (): SessionSnapshot => this.#shown;

  subscribeMessage(key: string, listener: () => void): () => void {
    return this.#watchers.add(key, listener);
  }

  getMessage(key: string): Message | undefined {
    return this.#feed.conversation.message(key);
  }

  keyOf(messageId: string): string | undefined {
    return this.#feed.conversation.keyOf(messageId);
  }

  on<T extends keyof SessionEvents>(event: T, listener: (value: SessionEvents[T]) => void): () => void {
    return this.#events.add(event, listener);
  }

  open(): void {
    // What waits is known before the first page is, so that nothing is shown twice.
    this.#intents.each((outbox) => void outbox.load());
    this.#feed.open();
  }

  close(): void {
    this.#typing.stop();
    this.#presence.clear();
    this.#feed.close();
  }

  /** Closes, and nobody waits any longer. */
  end(): void {
    this.close();
    this.#intents.each((outbox) => outbox.end(new ClosedError()));
  }

  /** Connects anew, because something that a connection says once is another thing now. */
  renew(): void {
    this.#feed.connection.renew();
  }

  retain(): () => void {
    const holder = {};
    this.#holders.add(holder);
    this.open();
    return () => {
      if (this.#holders.delete(holder)) setTimeout(() => this.#holders.size === 0 && this.close(), releaseMs);
    };
  }

  ready(signal?: AbortSignal): Promise<void> {
    const ready = this.#becomeReady(signal);
    return signal ? untilAborted(ready, signal) : ready;
  }

  async #becomeReady(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const { connection, history } = this.getSnapshot();
      if (connection.state === "closed") throw connection.error ?? new ClosedError();
      if (connection.state === "online" && history.state === "loaded") return this.#intents.outbox.load();
      await nextChange(this);
      if (signal?.aborted) return;
    }
  }

  reconnectNow(): void {
    this.#feed.connection.reconnectNow();
  }

  send(text: string, options?: SendOptions): Promise<Ack> {
    this.#typing.stop();
    return handled(this.#intents.send(text, options));
  }

  ask(text: string, options?: SendOptions): Reply {
    return new ReplyStream(this, this.send(text, options));
  }

  retry(key: string): void {
    this.#intents.outbox.retry(key);
  }

  discard(key: string): void {
    this.#intents.outbox.discard(key);
  }

  edit(messageId: string, text: string, { reply }: { readonly reply?: boolean } = {}): Promise<Ack> {
    const edit = { type: "edit", messageId, message: text.toWellFormed() } as const;
    return this.#intents.add(reply === true ? { ...edit, reply } : edit);
  }

  delete(messageId: string): Promise<Ack> {
    return this.#intents.add({ type: "delete", messageId });
  }

  regenerate(messageId: string): Promise<Ack> {
    return this.#intents.add({ type: "regenerate", messageId });
  }

  react(messageId: string, emoji: string, on: boolean): Promise<Ack> {
    return this.#intents.add({ type: "reaction", messageId, emoji, on });
  }

  stop(messageId?: string): Promise<void> {
    const ids = messageId === undefined ? this.#feed.conversation.running : [messageId];
    return handled(this.#intents.stop(ids));
  }

  showVersion(key: string, versionIndex: number): void {
    this.#feed.conversation.showVersion(key, versionIndex);
    this.#refresh();
  }

  loadOlder(): Promise<boolean> {
    return this.#feed.history.load("older");
  }

  loadNewer(): Promise<boolean> {
    return this.#feed.history.load("newer");
  }

  showAround(messageId?: string): void {
    this.#feed.showAround(messageId);
  }

  markRead(messageId: string | undefined = this.#feed.conversation.lastStoredId): void {
    if (messageId !== undefined) this.#readMark.set(messageId);
  }

  typing(): void {
    this.#typing.key();
  }

  stopTyping(): void {
    this.#typing.stop();
  }

  #applied(frame: ServerFrame): void {
    if (frame.type === "connection") {
      if (this.#wasConnected) this.#emit("recovered", frame.recovered);
      this.#wasConnected = true;
      const { http } = this.#services;
      // What the server calls a guest that it does not know by a cookie.
      http.guestToken &&= frame.guestToken ?? http.guestToken;
      void this.#facts.load(frame.recovered);
      this.#readMark.resend();
    }
    this.#presence.apply(frame);
    this.#intents.apply(frame);
    if (frame.type === "error" && frame.id === undefined) this.#emit("error", toError(frame));
    if ("seq" in frame && frame.type !== "ack") this.#appliedEvent(frame);
    this.#services.sessions.seen(this.id, frame);
    this.#emit("frame", frame);
  }

  #appliedEvent(event: LogEvent): void {
    this.#facts.apply(event);
    if (event.type === "read_receipt" && event.user.id === this.#feed.conversation.me?.id)
      this.#readMark.confirm(event.messageId);
    const message = this.getMessage(this.keyOf(event.id) ?? "");
    const isMessage = event.type === "message" || event.type === "ai_complete";
    if (isMessage && message) this.#events.tell(message.kind, message);
  }

  #connectionChanged(): void {
    const { snapshot, isOnline } = this.#feed.connection;
    const { error } = snapshot;
    if (!isOnline) this.#intents.each((outbox) => outbox.close());
    if (error) this.#intents.each((outbox) => outbox.end(error, { refuses: this.#facts.isDeleted }));
    this.#refresh();
    this.#emit("connection", snapshot);
  }

  #refresh(): void {
    const before = this.#shown;
    this.#shown = keepSame(before, this.#snapshot());
    for (const key of this.#feed.conversation.takeChanged()) this.#watchers.tell(key);
    if (this.#shown !== before) this.#watchers.tell("");
  }

  #snapshot(): SessionSnapshot {
    const { conversation, connection, history } = this.#feed;
    const { pending } = this.#intents.outbox;
    return {
      sessionId: this.id,
      connection: connection.snapshot,
      me: conversation.me,
      keys: conversation.keys,
      history: history.snapshot,
      details: this.#facts.details,
      running: conversation.running,
      users: this.#presence.users,
      moreUsers: this.#presence.moreUsers,
      typing: this.#presence.typing,
      readMarks: this.#facts.readMarks,
      outbox: {
        waiting: pending.filter(({ delivery }) => delivery === "queued" || delivery === "sending").length,
        failed: pending.filter(({ delivery }) => delivery === "failed").length,
      },
      isDeleted: this.#facts.isDeleted,
    };
  }

  #emit<T extends keyof SessionEvents>(event: T, value: SessionEvents[T]): void {
    this.#events.tell(event, value);
  }
}
