import type { Connection } from "@natter/session-log";
import {
  decodeClientFrame,
  encodeFrame,
  limits,
  timings,
  type ClientFrame,
  type CloseReason,
  type IntentFrame,
  type ServerFrame,
} from "@natter/protocol";
import type { WebSocket } from "ws";
import { LeakyCount } from "../admission/leaky-count.ts";
import { errorFrame, Failure, toFailure } from "../failure.ts";
import type { Identity } from "../identity/authenticator.ts";
import type { Sender } from "../sending/sender.ts";
import type { SocketSink } from "../sinks/websocket-sink.ts";
import { dispatchFrame, publishTyping, sendIntent, type Ack, type FrameTargets } from "./frame-dispatch.ts";
import { FrameQueue, type ReceivedFrame } from "./frame-queue.ts";
import { ReadMarks } from "./read-marks.ts";
import { SessionConnection, type ConnectionDeps } from "./session-connection.ts";
import { TypingFlow } from "./typing-flow.ts";

export interface ChatSocketDeps extends ConnectionDeps {
  readonly sender: Sender;
  readonly connection: Connection;
}

/** One WebSocket in one session: decodes the client's frames, handles them in order and answers each. */
export class ChatSocket {
  readonly #deps: ChatSocketDeps;
  readonly #webSocket: WebSocket;
  readonly #connection: SessionConnection;
  readonly #queue: FrameQueue;
  readonly #readMarks: ReadMarks;
  readonly #typing: TypingFlow;
  readonly #targets: FrameTargets;
  readonly #malformed = new LeakyCount(timings.malformedForgetMs);
  #isOpening = true;
  #isClosed = false;

  constructor(
    deps: ChatSocketDeps,
    socket: { webSocket: WebSocket; sink: SocketSink; sessionId: string; identity: Identity },
  ) {
    const { webSocket, sink } = socket;
    this.#deps = deps;
    this.#webSocket = webSocket;
    this.#connection = new SessionConnection(deps, socket);
    this.#queue = new FrameQueue({
      webSocket,
      handle: async (frame) => this.#handle(frame),
      onPause: () => sink.forgetPings(),
    });
    this.#readMarks = new ReadMarks(async (latest, answered) => this.#storeReadMark(latest, answered));
    const author = this.#connection;
    this.#typing = new TypingFlow({
      publish: (isTyping) => publishTyping(deps.connection, author, isTyping),
    });
    this.#targets = {
      author,
      sender: deps.sender,
      setTyping: (isTyping) => this.#typing.add(isTyping),
      addReadMark: (mark) => this.#readMarks.add(mark),
    };
    webSocket.on("close", () => this.#onClose());
  }

  /** Joins the session. Resolves when the socket is live or has ended; never rejects. */
  async open(since: string | undefined): Promise<void> {
    const { sessionId, sink } = this.#connection;
    try {
      const joined = await this.#connection.join(since);
      if (joined) await this.#connection.start(joined);
    } catch (error) {
      this.#deps.logger.warn({ err: error, sessionId }, "a socket could not join its session");
      sink.end("broker_away");
    }
    this.#isOpening = false;
    if (!sink.hasEnded) this.#queue.start();
  }

  /** Sends the shutdown notice: the client comes back elsewhere, after `afterMs`. */
  announceShutdown(afterMs: number): void {
    this.#send({ type: "going_away", afterMs });
  }

  /** Reads no more, answers what was read, and closes. What was not read gets no ack, so its sender sends it again. */
  async close(reason: CloseReason): Promise<void> {
    // A replay can take long. The client continues it elsewhere, and none of its own frames was handled yet.
    if (this.#isOpening) return this.#end(reason);
    await this.#queue.finish();
    await this.#readMarks.finish();
    this.#end(reason);
    // The client's answer to the close frame is behind what was not read.
    this.#webSocket.resume();
  }

  async #handle({ data, isBinary }: ReceivedFrame): Promise<void> {
    if (isBinary) return this.#refuse(new Failure("binary"));
    const decoded = decodeClientFrame((data as Buffer).toString());
    if (!decoded.ok) return this.#refuse(new Failure(decoded.code, decoded.message), decoded.id);
    await this.#dispatch(decoded.frame);
  }

  async #dispatch(frame: ClientFrame): Promise<void> {
    try {
      const answer = await dispatchFrame(frame, this.#targets);
      if (answer?.type === "pong") this.#send(answer);
      else if (answer) this.#acknowledge(answer, [answer.id]);
    } catch (error) {
      this.#fail(error, ["id" in frame ? frame.id : undefined]);
    }
  }

  /** Stores `latest` alone; its ack answers all of `answered`. */
  async #storeReadMark(latest: IntentFrame, answered: readonly IntentFrame[]): Promise<void> {
    if (this.#isClosed) return;
    const ids = answered.map(({ id }) => id);
    try {
      this.#acknowledge(await sendIntent(latest, this.#targets), ids);
    } catch (error) {
      this.#fail(error, ids);
    }
  }

  #acknowledge(ack: Ack, ids: readonly (string | undefined)[]): void {
    for (const id of ids) if (id !== undefined) this.#send({ ...ack, id });
  }

  #fail(error: unknown, ids: readonly (string | undefined)[]): void {
    const failure = toFailure(error);
    if (failure.code === "internal") this.#deps.logger.error({ err: error }, "a frame could not be handled");
    for (const id of ids) this.#send(errorFrame(failure, id));
    // The next frame could be stored before one that may still be stored: only a replay shows which ones are.
    if (failure.outcomeUnknown) this.#end("outcome_unknown");
  }

  #refuse(failure: Failure, id?: string): void {
    this.#send(errorFrame(failure, id));
    if (this.#malformed.add(performance.now()) >= limits.malformedFrames) this.#end("malformed");
  }

  #send(frame: ServerFrame): void {
    this.#connection.sink.send(encodeFrame(frame), "other");
  }

  #end(reason: CloseReason): void {
    this.#isClosed = true;
    this.#queue.close();
    this.#connection.sink.end(reason);
  }

  #onClose(): void {
    this.#isClosed = true;
    this.#queue.close();
    this.#readMarks.close();
    this.#typing.close();
    this.#connection.leave();
  }
}
