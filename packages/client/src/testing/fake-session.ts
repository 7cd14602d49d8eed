import {
  applyToTimeline,
  createTimeline,
  foldReadMarks,
  formatCursor,
  limits,
  messageOf,
  messagesOf,
  parseCursor,
  replyIdOf,
  timings,
  type IntentFrame,
  type LogEvent,
  type PageMessage,
  type ReadMark,
  type ServerFrame,
  type ServerFrameOf,
  type SessionEntry,
  type User,
} from "@natter/protocol/plain";
import { FakeReply } from "./fake-reply.ts";
import type { NewEvent } from "./new-event.ts";

/** Somebody who gets the frames of a session. */
export type FakeReader = (frame: ServerFrame) => void;

export interface FakeSessionOptions {
  readonly epoch: string;
  /** What the model says, in one piece or in several; `undefined`: nothing, the test answers itself. */
  readonly answer: (text: string) => string | readonly string[] | undefined;
  readonly liveDelayMs: number | undefined;
}

/** One session's log, in memory, with the rules that a client can see. */
export class FakeSession {
  readonly id: string;
  readonly #options: FakeSessionOptions;
  readonly #log: LogEvent[] = [];
  readonly #receipts = new Map<string, ServerFrameOf<"ack">>();
  readonly #readers = new Map<FakeReader, User>();
  readonly #replies = new Map<string, FakeReply>();
  #canRecover = true;

  constructor(id: string, options: FakeSessionOptions) {
    this.id = id;
    this.#options = options;
  }

  /** Every event so far, in order. */
  get log(): readonly LogEvent[] {
    return this.#log;
  }

  /** The messages as a page shows them. */
  get messages(): PageMessage[] {
    const timeline = createTimeline();
    for (const event of this.#log)
      applyToTimeline(timeline, event, { epoch: this.#options.epoch, seq: event.seq ?? 0 });
    return messagesOf(timeline);
  }

  get cursor(): string {
    return formatCursor({ epoch: this.#options.epoch, seq: this.#log.length });
  }

  /** Title, system prompt and model. */
  get details(): { title?: string; systemPrompt?: string; model?: string } {
    const updates = this.#log.filter((event) => event.type === "session_updated");
    return Object.assign(
      {},
      ...updates.map(({ title, systemPrompt, model }) => ({ title, systemPrompt, model })),
    );
  }

  /** How far everybody has read. */
  get readMarks(): ReadMark[] {
    return foldReadMarks([], this.#log);
  }

  /** The next clients that come back are told that too much was missed. */
  forgetCursors(): void {
    this.#canRecover = false;
  }

  /** Somebody else says something. @returns the message's id */
  say(text: string, user: User = { id: "bob", name: "Bob" }): string {
    const id = this.#nextId();
    this.append({ type: "message", id, user, message: text, is_user: true });
    this.#answer(id, id, text);
    return id;
  }

  /** Begins to answer a message; the test says the rest. */
  startAnswer(messageId: string, promptId: string = messageId): FakeReply {
    const reply = new FakeReply(this, replyIdOf(messageId, promptId));
    this.#replies.set(reply.id, reply);
    return reply;
  }

  /** Sends something that is not stored, for example `typing`, to everybody. */
  broadcast(frame: ServerFrame): void {
    const { liveDelayMs } = this.#options;
    const readers = [...this.#readers.keys()];
    const tell = (): void => {
      for (const reader of readers) reader(structuredClone(frame));
    };
    if (liveDelayMs === undefined) tell();
    else setTimeout(tell, liveDelayMs);
  }

  /** Adds an event to the log and sends it to everybody. @returns its place */
  append(event: NewEvent): number {
    const seq = this.#log.length + 1;
    const sentAt = new Date().toISOString();
    const stored = { ...event, sentAt, seq, prev: seq - 1 } as LogEvent;
    this.#log.push(stored);
    this.broadcast(stored);
    return seq;
  }

  join(reader: FakeReader, user: User, options: { guestToken?: string; since?: string | undefined }): void {
    const since = parseCursor(options.since ?? "");
    const recovered = this.#canRecover && since?.epoch === this.#options.epoch;
    this.#canRecover = true;
    this.broadcast({ type: "user_join", user });
    this.#readers.set(reader, user);
    reader({
      type: "connection",
      message: "connected",
      sessionId: this.id,
      user,
      ...(options.guestToken === undefined ? {} : { guestToken: options.guestToken }),
      users: [...new Map([...this.#readers.values()].map((other) => [other.id, other])).values()],
      cursor: recovered ? formatCursor(since) : this.cursor,
      recovered,
      replies: [...this.#replies.values()].filter(({ isRunning }) => isRunning).map(({ soFar }) => soFar),
      limits: { frameBytes: limits.clientFrameBytes, pendingFrames: limits.pendingFrames },
      heartbeatMs: timings.heartbeatMs,
    });
    if (recovered) for (const event of this.#log.slice(since.seq)) reader(structuredClone(event));
  }

  leave(reader: FakeReader): void {
    const user = this.#readers.get(reader);
    this.#readers.delete(reader);
    if (user && ![...this.#readers.values()].some(({ id }) => id === user.id))
      this.broadcast({ type: "user_leave", user });
  }

  /** Stores an intent once. */
  take(frame: IntentFrame, user: User): ServerFrameOf<"ack"> | undefined {
    const known = frame.id === undefined ? undefined : this.#receipts.get(`${user.id} ${frame.id}`);
    if (known) return { ...known, duplicate: true };
    const id = this.#nextId();
    const seq = this.append(toEvent(frame, id, user));
    this.#react(frame, id);
    if (frame.id === undefined) return undefined;
    const ack: ServerFrameOf<"ack"> = { type: "ack", id: frame.id, messageId: id, seq };
    this.#receipts.set(`${user.id} ${frame.id}`, ack);
    return ack;
  }

  /** How a list of sessions shows it to `user`; `undefined` if this user did nothing in it. */
  entryFor(user: User): SessionEntry | undefined {
    const last = this.messages.at(-1);
    if (!last || !this.#log.some((event) => event.user.id === user.id)) return undefined;
    const { title } = this.details;
    return {
      sessionId: this.id,
      ...(title === undefined ? {} : { title }),
      lastActivity: last.sentAt,
      lastMessage: {
        id: last.id,
        message: last.message,
        is_user: last.type === "message",
        user: last.user,
      },
      pinned: false,
      archived: false,
      canDelete: this.mayDelete(user),
    };
  }

  /** Whoever said something first. */
  mayDelete(user: User): boolean {
    return this.#log.find(({ type }) => type === "message")?.user.id === user.id;
  }

  #react(frame: IntentFrame, eventId: string): void {
    if (frame.type === "message") this.#answer(eventId, eventId, frame.message);
    if (frame.type === "stop") {
      for (const reply of this.#replies.values())
        if (reply.id === frame.messageId || messageOf(reply.id) === frame.messageId) reply.stop();
    }
    const isAsking = frame.type === "regenerate" || (frame.type === "edit" && frame.reply === true);
    if (!isAsking) return;
    const messageId = messageOf(frame.messageId);
    const question = this.messages.find(({ id }) => id === messageId);
    this.#answer(messageId, eventId, question?.message ?? "");
  }

  #answer(messageId: string, promptId: string, text: string): void {
    const answer = this.#options.answer(text);
    if (answer === undefined) return;
    // As from a worker: later than the ack.
    queueMicrotask(() => {
      const reply = this.startAnswer(messageId, promptId);
      for (const chunk of typeof answer === "string" ? [answer] : answer) reply.write(chunk);
      reply.end();
    });
  }

  #nextId(): string {
    return `event${String(this.#log.length + 1).padStart(19, "0")}`;
  }
}

function toEvent(frame: IntentFrame, id: string, user: User): NewEvent {
  const { id: clientId, retry: _retry, ...said } = frame;
  const head = { id, user, ...(clientId === undefined ? {} : { clientId }) };
  switch (said.type) {
    case "message":
      return { ...head, ...said, is_user: true };
    case "edit":
      return { ...head, ...said, type: "message_edited" };
    case "delete":
      return { ...head, ...said, type: "message_deleted" };
    case "regenerate":
      return { ...head, ...said, type: "regenerate_requested" };
    case "stop":
      return { ...head, ...said, type: "stop_requested" };
    default:
      return { ...head, ...said };
  }
}
