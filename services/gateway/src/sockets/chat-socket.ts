import type { Connection } from "@natter/session-log";
import {
  decodeClientFrame,
  encodeFrame,
  limits,
  subjects,
  timings,
  type ClientFrame,
  type CloseReason,
  type IntentFrame,
  type ServerFrame,
  type User,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { RawData, WebSocket } from "ws";
import type { Identity } from "../identity/authenticator.ts";
import { connectionFrame } from "./connection-frame.ts";
import { errorFrame, Failure, toFailure } from "../failure.ts";
import type { Hub } from "../relay/hub.ts";
import { LeakyCount } from "../admission/leaky-count.ts";
import type { Presence } from "../presence/presence.ts";
import { ReadMarks } from "./read-marks.ts";
import type { Sender } from "../sending/sender.ts";
import type { SocketSink } from "../sinks/websocket-sink.ts";
import { Subscriber } from "../relay/subscriber.ts";
import { TypingFlow } from "./typing-flow.ts";

export interface ChatSocketParts {
  readonly hub: Hub;
  readonly presence: Presence;
  readonly sender: Sender;
  readonly connection: Connection;
  readonly logger: Logger;
}

/** Frames below this number are enough to go on reading from a socket that was paused. */
const resumeBelow = limits.pendingFrames / 2;

/**
 * One WebSocket in one session. Its frames are handled one after another: the ack of one comes before the
 * next is looked at, so what a person sends in an order is stored in that order.
 */
export class ChatSocket {
  readonly #parts: ChatSocketParts;
  readonly #webSocket: WebSocket;
  readonly #sink: SocketSink;
  readonly #sessionId: string;
  readonly #identity: Identity;
  readonly #user: User;
  readonly #subscriber: Subscriber;
  readonly #readMarks: ReadMarks;
  readonly #typing: TypingFlow;
  readonly #malformed = new LeakyCount(timings.malformedForgetMs);
  readonly #queue: { data: RawData; isBinary: boolean }[] = [];
  #handling = false;
  #leaving = false;
  #joining = false;
  /** Settles when the frames that are being handled are. */
  #handled: Promise<void> = Promise.resolve();
  #closed = false;
  #leavePresence: (() => void) | undefined;

  constructor(
    parts: ChatSocketParts,
    socket: { webSocket: WebSocket; sink: SocketSink; sessionId: string; identity: Identity },
  ) {
    this.#parts = parts;
    this.#webSocket = socket.webSocket;
    this.#sink = socket.sink;
    this.#sessionId = socket.sessionId;
    this.#identity = socket.identity;
    this.#user = { id: socket.identity.id, name: socket.identity.name };
    this.#subscriber = new Subscriber(socket.sink, this.#user);
    this.#readMarks = new ReadMarks((latest, answered) => this.#sendReadMark(latest, answered));
    this.#typing = new TypingFlow({ say: (isTyping) => this.#sayTyping(isTyping) });
    // Frames that come before the session is joined wait; listeners attached later would lose them.
    this.#handling = true;
    socket.webSocket.on("message", (data, isBinary) => this.#enqueue(data, isBinary));
    socket.webSocket.on("close", () => this.#onClose());
  }

  /** Reads no more, answers what was read, and closes. What was not read has no ack: its sender sends it again. */
  async leave(reason: "going_away"): Promise<void> {
    this.#leaving = true;
    // A replay can take long. Its reader goes on elsewhere, and nothing of what it sent was taken yet.
    if (this.#joining) return this.#endWith(reason);
    this.#webSocket.pause();
    await this.#handled;
    await this.#readMarks.finish();
    this.#endWith(reason);
    // The answer to the close frame is behind what was not read.
    this.#webSocket.resume();
  }

  get sink(): SocketSink {
    return this.#sink;
  }

  /** Joins the session and says so: `connection`, what was missed, then what is live. */
  async open(since: string | undefined): Promise<void> {
    this.#handled = this.#join(since);
    await this.#handled;
  }

  async #join(since: string | undefined): Promise<void> {
    const { hub, logger, presence } = this.#parts;
    this.#joining = true;
    // Before the session is joined: nobody is told of their own coming.
    this.#leavePresence = presence.enter(this.#sessionId, this.#user);
    try {
      const joined = await hub.join(this.#sessionId, this.#subscriber, since);
      if (this.#closed) return hub.leave(this.#sessionId, this.#subscriber);
      const here = presence.hereIn(this.#sessionId, this.#user);
      this.#say(connectionFrame(this.#sessionId, this.#identity, { ...joined, ...here }));
      // The messages of whoever does not look at errors are not lost for that.
      if (this.#identity.hasRefusedName) this.#say(errorFrame(new Failure("bad_name")));
      await hub.catchUp(this.#sessionId, this.#subscriber, this.#sink);
    } catch (error) {
      logger.warn({ err: error, sessionId: this.#sessionId }, "a socket could not join its session");
      return this.#sink.end("broker_away");
    } finally {
      this.#joining = false;
    }
    await this.#handleQueue();
  }

  #enqueue(data: RawData, isBinary: boolean): void {
    if (this.#closed) return;
    this.#queue.push({ data, isBinary });
    if (this.#queue.length >= limits.pendingFrames) {
      this.#webSocket.pause();
      this.#sink.deafen();
    }
    if (!this.#handling) this.#handled = this.#handleQueue();
  }

  async #handleQueue(): Promise<void> {
    this.#handling = true;
    for (let next = this.#queue.shift(); next && !this.#closed; next = this.#queue.shift()) {
      await this.#handle(next.data, next.isBinary);
      const hasRoom = this.#queue.length < resumeBelow && !this.#leaving;
      if (hasRoom && this.#webSocket.isPaused) this.#webSocket.resume();
    }
    this.#handling = false;
  }

  async #handle(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) return this.#refuse(new Failure("binary"));
    const decoded = decodeClientFrame((data as Buffer).toString());
    if (!decoded.ok) return this.#refuse(new Failure(decoded.code, decoded.message), decoded.id);
    await this.#act(decoded.frame);
  }

  async #act(frame: ClientFrame): Promise<void> {
    switch (frame.type) {
      case "ping":
        return this.#say({ type: "pong" });
      case "typing":
        return this.#typing.add(frame.isTyping);
      case "read_receipt":
        return this.#readMarks.add(frame);
      default:
        return this.#send(frame, [frame]);
    }
  }

  /** Puts the intent into the log and answers it, and those that it includes. */
  async #send(intent: IntentFrame, answered: readonly IntentFrame[]): Promise<void> {
    try {
      const sent = await this.#parts.sender.send(this.#sessionId, this.#user, intent);
      for (const { id } of answered) {
        if (id === undefined) continue;
        const duplicate = sent.duplicate ? { duplicate: true } : {};
        this.#say({ type: "ack", id, messageId: sent.eventId, seq: sent.seq, ...duplicate });
      }
    } catch (error) {
      const failure = toFailure(error);
      if (failure.code === "internal")
        this.#parts.logger.error({ err: error }, "a frame could not be handled");
      for (const { id } of answered) this.#say(errorFrame(failure, id));
      // Whoever sends on now could be stored before what may still be stored: only a replay tells.
      if (failure.outcomeUnknown) this.#endWith("outcome_unknown");
    }
  }

  async #sendReadMark(latest: IntentFrame, answered: readonly IntentFrame[]): Promise<void> {
    if (!this.#closed) await this.#send(latest, answered);
  }

  #refuse(failure: Failure, id?: string): void {
    this.#say(errorFrame(failure, id));
    if (this.#malformed.add(performance.now()) >= limits.malformedFrames) this.#endWith("malformed");
  }

  #sayTyping(isTyping: boolean): void {
    const typing = encodeFrame({ type: "typing", user: this.#user, isTyping });
    this.#parts.connection.publish(subjects.live(this.#sessionId), typing);
  }

  #endWith(reason: CloseReason): void {
    this.#queue.length = 0;
    this.#closed = true;
    this.#sink.end(reason);
  }

  #say(frame: ServerFrame): void {
    this.#sink.send(encodeFrame(frame), "other");
  }

  #onClose(): void {
    this.#closed = true;
    this.#queue.length = 0;
    this.#readMarks.close();
    this.#typing.close();
    this.#leavePresence?.();
    this.#parts.hub.leave(this.#sessionId, this.#subscriber);
  }
}
