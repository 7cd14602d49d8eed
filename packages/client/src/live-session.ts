import type { LogEvent, ServerFrame } from "@natter/protocol/plain";
import { createClientId } from "./client-id.ts";
import { ClosedError } from "./errors.ts";
import { toError } from "./http-client.ts";
import { Listeners } from "./listeners.ts";
import { Presence } from "./presence.ts";
import { lastStoredIn, ReadMark } from "./read-mark.ts";
import { ReplyStream } from "./reply-stream.ts";
import { SessionFacts } from "./session-facts.ts";
import { SessionFeed } from "./session-feed.ts";
import { SessionIntents } from "./session-intents.ts";
import type { SessionServices } from "./session-services.ts";
import { SessionView } from "./session-view.ts";
import type { Ack, Reply, SendOptions, Session, SessionEvents } from "./session.ts";
import type { Message, SessionSnapshot } from "./snapshots.ts";
import { TypingSignal } from "./typing-signal.ts";

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
  readonly #view: SessionView;
  readonly #events = new Map<keyof SessionEvents, Listeners<never>>();
  #me: SessionSnapshot["me"];
  #connection: SessionSnapshot["connection"];
  #retained = 0;

  constructor(id: string, services: SessionServices) {
    this.id = id;
    this.#services = services;
    const changed = (): void => this.#refresh();
    this.#feed = new SessionFeed(id, services, {
      changed,
      frame: (frame) => this.#applied(frame),
      stored: (event) => this.#intents.recognize(event.clientId, event),
      reached: (seq) => this.#intents.reach(seq),
      recovered: (isRecovered) => this.#emit("recovered", isRecovered),
      frameRefused: () => this.#intents.refuseInFlight(),
    });
    const { connection, conversation } = this.#feed;
    this.#facts = new SessionFacts(services.http, id, {
      changed,
      placeOf: (messageId) => conversation.keys.indexOf(conversation.keyOf(messageId) ?? ""),
    });
    this.#presence = new Presence(changed);
    this.#typing = new TypingSignal((isTyping) => connection.send({ type: "typing", isTyping }));
    this.#readMark = new ReadMark((messageId) => connection.send({ type: "read_receipt", messageId }));
    this.#intents = new SessionIntents({
      sessionId: id,
      store: services.outbox,
      maxEntries: services.outboxEntries,
      send: (frame) => connection.send(frame),
      restart: () => connection.restart(),
      storedAs: (clientId) => conversation.storedAs(clientId),
      changed: () => {
        conversation.setIntents(this.#intents.pending);
        changed();
      },
      failed: (error) => this.#emit("error", error),
      closedBy: () => (this.#facts.isDeleted ? new ClosedError() : finalError(connection.snapshot)),
    });
    this.#connection = connection.snapshot;
    this.#view = new SessionView(this.#snapshot());
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#view.subscribe(listener);
  readonly getSnapshot = (): SessionSnapshot => this.#view.snapshot;

  subscribeMessage(key: string, listener: () => void): () => void {
    return this.#view.subscribeMessage(key, listener);
  }

  getMessage(key: string): Message | undefined {
    return this.#feed.conversation.message(key);
  }

  keyOf(messageId: string): string | undefined {
    return this.#feed.conversation.keyOf(messageId);
  }

  on<T extends keyof SessionEvents>(event: T, listener: (value: SessionEvents[T]) => void): () => void {
    return this.#listeners(event).add(listener);
  }

  open(): void {
    // What waits is known before the first page is, so that nothing is shown twice.
    void this.#intents.load().then(() => this.#refresh());
    this.#feed.open();
  }

  close(): void {
    this.#typing.stop();
    this.#presence.clearTyping();
    this.#feed.close();
  }

  /** Closes, and nobody waits any longer. */
  end(): void {
    this.close();
    this.#intents.rejectAll();
  }

  /** Connects anew, because something that a connection says once is another thing now. */
  renew(): void {
    this.#feed.connection.renew();
  }

  retain(): () => void {
    this.#retained++;
    this.open();
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#retained--;
      setTimeout(() => this.#retained === 0 && this.close(), releaseMs);
    };
  }

  ready(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const { connection, history } = this.getSnapshot();
        if (signal?.aborted) reject(signal.reason as Error);
        else if (connection.state === "closed") reject(connection.error ?? new ClosedError());
        else if (connection.state === "online" && history.state === "loaded" && this.#intents.isLoaded)
          resolve();
        else return;
        end();
        signal?.removeEventListener("abort", look);
      };
      const end = this.subscribe(look);
      signal?.addEventListener("abort", look);
      look();
    });
  }

  reconnectNow(): void {
    this.#feed.connection.reconnectNow();
  }

  send(text: string, options?: SendOptions): Promise<Ack> {
    this.#typing.stop();
    return this.#intents.send(text, options);
  }

  ask(text: string, options?: SendOptions): Reply {
    return new ReplyStream(this, this.send(text, options));
  }

  retry(key: string): void {
    this.#intents.retry(key);
  }

  discard(key: string): void {
    this.#intents.discard(key);
  }

  edit(messageId: string, text: string, { reply }: { readonly reply?: boolean } = {}): Promise<Ack> {
    const message = text.toWellFormed();
    const edit = { type: "edit", id: createClientId(), messageId, message } as const;
    return this.#intents.add(reply === true ? { ...edit, reply } : edit);
  }

  delete(messageId: string): Promise<Ack> {
    return this.#intents.add({ type: "delete", id: createClientId(), messageId });
  }

  regenerate(messageId: string): Promise<Ack> {
    return this.#intents.add({ type: "regenerate", id: createClientId(), messageId });
  }

  react(messageId: string, emoji: string, on: boolean): Promise<Ack> {
    return this.#intents.add({ type: "reaction", id: createClientId(), messageId, emoji, on });
  }

  stop(messageId?: string): Promise<void> {
    return this.#intents.stop(messageId === undefined ? this.#feed.conversation.running : [messageId]);
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

  markRead(messageId: string | undefined = lastStoredIn(this.#feed.conversation)): void {
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
      this.#me = frame.user;
      this.#services.http.adoptGuest(frame.guestToken);
      void this.#facts.load(frame.recovered);
      this.#readMark.resend();
    }
    this.#presence.apply(frame);
    this.#intents.apply(frame);
    // The ack of something that was stored long ago: its event has come already.
    if (frame.type === "ack") this.#intents.reach(this.#feed.reachedSeq);
    if (frame.type === "error" && frame.id === undefined) this.#emit("error", toError(frame));
    if ("seq" in frame && frame.type !== "ack") this.#appliedEvent(frame);
    this.#services.seen(this.id, frame);
    this.#emit("frame", frame);
  }

  #appliedEvent(event: LogEvent): void {
    this.#facts.apply(event);
    if (event.type === "read_receipt" && event.user.id === this.#me?.id)
      this.#readMark.confirm(event.messageId);
    const message = this.getMessage(this.keyOf(event.id) ?? "");
    if (event.type === "message" && message?.kind === "message") this.#emit("message", message);
    if (event.type === "ai_complete" && message?.kind === "answer") this.#emit("answer", message);
  }

  #refresh(): void {
    const { snapshot, isOnline } = this.#feed.connection;
    const isNew = snapshot !== this.#connection;
    this.#connection = snapshot;
    const error = finalError(snapshot);
    if (isNew && !isOnline) this.#intents.pause();
    if (isNew && error) this.#intents.rejectAll(error);
    this.#view.show(this.#snapshot(), this.#feed.conversation.takeChanged());
    if (isNew) this.#emit("connection", snapshot);
  }

  #snapshot(): SessionSnapshot {
    const { conversation, connection, history } = this.#feed;
    const pending = this.#intents.pending;
    return {
      sessionId: this.id,
      connection: connection.snapshot,
      me: this.#me,
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

  #listeners<T extends keyof SessionEvents>(event: T): Listeners<SessionEvents[T]> {
    let listeners = this.#events.get(event);
    if (!listeners) {
      listeners = new Listeners();
      this.#events.set(event, listeners);
    }
    return listeners as unknown as Listeners<SessionEvents[T]>;
  }

  #emit<T extends keyof SessionEvents>(event: T, value: SessionEvents[T]): void {
    this.#listeners(event).tell(value);
  }
}

/** Only a connection that is closed for good has a reason. */
function finalError({ state, error }: SessionSnapshot["connection"]): SessionSnapshot["connection"]["error"] {
  return state === "closed" ? error : undefined;
}
