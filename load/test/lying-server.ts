/** A server that speaks natter's protocol and breaks one promise, so that a test sees whether the load test notices. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";

export const lies = [
  "none",
  "loses a message",
  "loses a reply",
  "stores a message twice",
  "stores another text",
  "sends an event twice",
  "sends events in another order",
  "leaves an event out",
  "leaves a chunk out",
  "streams another text",
  "completes another text",
  "never answers",
  "ends with an error",
  "begins a reply anew",
  "refuses a message",
  "opens no socket",
] as const;
export type Lie = (typeof lies)[number];

interface Stored {
  readonly type: "message" | "ai_complete";
  readonly id: string;
  readonly messageId?: string;
  readonly message: string;
}

const epoch = "1-0";
const user = { id: "u1", name: "Ann" };

export class LyingServer implements AsyncDisposable {
  readonly url: string;
  readonly #lie: Lie;
  readonly #server;
  readonly #sockets = new Map<string, Set<WebSocket>>();
  readonly #stored = new Map<string, Stored[]>();
  readonly #seqs = new Map<string, number>();
  #messages = 0;

  private constructor(server: ReturnType<typeof createServer>, lie: Lie) {
    this.#server = server;
    this.#lie = lie;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response) => {
      const session = /sessions\/([^/]+)\/messages/.exec(request.url ?? "")?.[1] ?? "";
      response.end(
        JSON.stringify({ messages: this.#stored.get(session) ?? [], hasMore: false, cursor: `${epoch}.0` }),
      );
    });
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket, request) => {
      const session = /chat\/([^/]+)\//.exec(request.url ?? "")?.[1] ?? "";
      this.#onSocket(socket, session);
    });
  }

  static async open(lie: Lie): Promise<LyingServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new LyingServer(server, lie);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const sockets of this.#sockets.values()) for (const socket of sockets) socket.terminate();
    this.#server.close();
    await once(this.#server, "close");
  }

  #onSocket(socket: WebSocket, session: string): void {
    if (this.#lie === "opens no socket") return socket.terminate();
    const sockets = this.#sockets.get(session) ?? new Set();
    this.#sockets.set(session, sockets.add(socket));
    const cursor = `${epoch}.${this.#seqs.get(session) ?? 0}`;
    const own = {
      message: "",
      sessionId: session,
      user,
      guestToken: "g",
      users: [],
      cursor,
      recovered: true,
      replies: [],
    };
    socket.send(JSON.stringify({ type: "connection", ...own, heartbeatMs: 30_000 }));
    socket.on("message", (data: Buffer) => {
      const { id, message } = JSON.parse(data.toString()) as { id: string; message: string };
      this.#onMessage(socket, session, { id, message });
    });
  }

  #onMessage(socket: WebSocket, session: string, { id, message }: { id: string; message: string }): void {
    // The first message is answered as it should be, so that each lie is the exception that it is in life.
    const lie = this.#messages++ === 0 ? "none" : this.#lie;
    const messageId = `m${this.#messages}`;
    if (lie === "refuses a message")
      return socket.send(
        JSON.stringify({ type: "error", code: "bad_message", message: "", id, temporary: false }),
      );
    const seq = this.#append(session, { type: "message", id: messageId, message }, lie);
    socket.send(JSON.stringify({ type: "ack", id, messageId, seq }));
    if (lie === "never answers") return;
    this.#answer(session, { messageId, text: message.replace(/^\/rate \d+ \/echo /, ""), lie });
  }

  #append(session: string, stored: Stored, lie: Lie): number {
    const prev = this.#seqs.get(session) ?? 0;
    const seq = prev + (lie === "leaves an event out" ? 2 : 1);
    this.#seqs.set(session, seq);
    const rows = this.#stored.get(session) ?? [];
    this.#stored.set(session, rows);
    if (lie !== "loses a message")
      rows.push(lie === "stores another text" ? { ...stored, message: "other" } : stored);
    if (lie === "stores a message twice") rows.push({ ...stored, id: `${stored.id}-again` });
    const before = lie === "leaves an event out" ? prev + 1 : prev;
    this.#send(session, { ...stored, seq, prev: before, user });
    if (lie === "sends an event twice") this.#send(session, { ...stored, seq, prev: before, user });
    if (lie === "sends events in another order")
      this.#send(session, { ...stored, seq: prev - 1, prev: 0, user });
    return seq;
  }

  #answer(session: string, reply: { messageId: string; text: string; lie: Lie }): void {
    const { messageId, text, lie } = reply;
    const id = `r${messageId}`;
    const attempt = lie === "begins a reply anew" ? 2 : 1;
    const parts = text.split(/(?= )/);
    this.#event(session, { type: "ai_start", id, messageId, attempt });
    for (const [n, chunk] of parts.entries()) {
      if (lie === "leaves a chunk out" && n === 1) continue;
      this.#send(session, {
        type: "ai_chunk",
        id,
        attempt,
        n,
        chunk: lie === "streams another text" && n === 1 ? " other" : chunk,
      });
    }
    const message = lie === "completes another text" ? "other" : text;
    const finishReason = lie === "ends with an error" ? "error" : "stop";
    if (lie !== "loses a reply")
      this.#stored.get(session)?.push({ type: "ai_complete", id, messageId, message });
    this.#event(session, {
      type: "ai_complete",
      id,
      messageId,
      attempt,
      chunks: parts.length,
      message,
      finishReason,
    });
  }

  #event(session: string, frame: object): void {
    const prev = this.#seqs.get(session) ?? 0;
    this.#seqs.set(session, prev + 1);
    this.#send(session, { ...frame, seq: prev + 1, prev, user });
  }

  #send(session: string, frame: object): void {
    for (const socket of this.#sockets.get(session) ?? []) socket.send(JSON.stringify(frame));
  }
}
