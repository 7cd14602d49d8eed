import {
  closeCodes,
  type ClientFrame,
  type CloseReason,
  type ErrorCode,
  type ServerFrame,
  type User,
} from "@natter/protocol/plain";
import type { ClientOptions } from "../client.ts";
import { MemoryOutbox } from "../outbox/memory-outbox.ts";
import { answerHttp, type FakeCaller } from "./fake-http.ts";
import { FakeSession, type FakeReader, type FakeSessionOptions } from "./fake-session.ts";
import { tokenPrefix } from "../connection/wire-constants.ts";
import { FakeWebSocket, type FakeSocketServer } from "./fake-web-socket.ts";

export interface FakeServerOptions {
  /** What the model answers, in one piece or in several. `undefined` for nothing: the test answers itself. */
  readonly answer?: (text: string) => string | readonly string[] | undefined;
  /** How long after its ack an event comes live. If missing it comes at once, before its ack: both happen. */
  readonly liveDelayMs?: number;
}

interface Reader {
  readonly session: FakeSession;
  readonly read: FakeReader;
  readonly user: User;
}

/**
 * natter in memory, for the tests of an application: it speaks the protocol with real clients, without a network, and
 * fails when it is told to. `createClient(server.clientOptions)` is a client of it.
 */
export class FakeServer {
  /** Every frame that clients sent, in order, without pings. */
  readonly received: ClientFrame[] = [];
  readonly #options: Omit<FakeSessionOptions, "epoch">;
  readonly #sessions = new Map<string, FakeSession>();
  readonly #sockets = new Map<FakeWebSocket, Reader | undefined>();
  #isReachable = true;
  #refusals: { code: ErrorCode; temporary: boolean; retryAfterMs?: number }[] = [];
  #isSilent = false;

  constructor(options: FakeServerOptions = {}) {
    this.#options = { answer: (text) => `You said: ${text}`, liveDelayMs: undefined, ...options };
  }

  /** What a client needs to be a client of this server. */
  get clientOptions(): ClientOptions & { readonly webSocket: typeof WebSocket } {
    const server = this.#socketServer;
    const webSocket = class extends FakeWebSocket {
      constructor(url: string, offers: readonly string[] = []) {
        super(url, offers, server);
      }
    };
    return {
      url: "http://natter.test",
      guestToken: "a-guest-of-the-fake-server",
      outbox: new MemoryOutbox(),
      webSocket: webSocket as unknown as typeof WebSocket,
      fetch: (input, init) => this.#fetch(new Request(input, init)),
    };
  }

  session(sessionId: string): FakeSession {
    let session = this.#sessions.get(sessionId);
    if (!session) {
      session = new FakeSession(sessionId, { epoch: "1700000000000-0", ...this.#options });
      this.#sessions.set(sessionId, session);
    }
    return session;
  }

  get sessions(): readonly FakeSession[] {
    return [...this.#sessions.values()];
  }

  /** How many sockets are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Nothing is reached any more: open sockets break, new ones and requests fail. */
  disconnect(): void {
    this.#isReachable = false;
    for (const socket of this.#sockets.keys()) socket.end(1006, "");
  }

  /** It is reached again. */
  reconnect(): void {
    this.#isReachable = true;
  }

  /** Frames are lost on the way, and no socket ends: as behind a cable that was pulled. */
  fallSilent(isSilent = true): void {
    this.#isSilent = isSilent;
  }

  /** Ends every socket, with a row of the table of close codes. */
  closeSockets(reason: CloseReason): void {
    for (const socket of this.#sockets.keys()) socket.end(closeCodes[reason].code, reason);
  }

  /** Tells everybody in which time to come back, as a gateway that is replaced; then call `closeSockets`. */
  announceEnd(afterMs: number): void {
    for (const reader of this.#sockets.values()) reader?.read({ type: "going_away", afterMs });
  }

  /** Refuses the next frame that makes an event; called more than once, the next ones. */
  refuseNext(code: ErrorCode, options: { temporary?: boolean; retryAfterMs?: number } = {}): void {
    this.#refusals.push({ temporary: false, ...options, code });
  }

  /** Handles a client frame of `user`. @returns the answer, if there is one */
  handle(session: FakeSession, user: User, frame: ClientFrame): ServerFrame | undefined {
    const typed = { ...frame, type: frame.type ?? "message" } as ClientFrame;
    if (typed.type === "ping") return { type: "pong" };
    this.received.push(typed);
    if (typed.type === "typing") {
      session.broadcast({ type: "typing", user, isTyping: typed.isTyping });
      return undefined;
    }
    const refusal = this.#refusals.shift();
    if (!refusal) return session.take(typed, user);
    const id = typed.id === undefined ? {} : { id: typed.id };
    return { type: "error", message: "refused by the test", ...id, ...refusal };
  }

  readonly #socketServer: FakeSocketServer = {
    opened: (socket) => {
      if (!this.#isReachable) return socket.end(1006, "");
      const { session, user, since, guestToken } = whoAsks(this, socket.url, tokenOffered(socket));
      const read: FakeReader = (frame) => {
        if (this.#isSilent) return;
        socket.deliver(JSON.stringify(frame));
        if (frame.type === "session_deleted") socket.end(closeCodes.session_deleted.code, frame.type);
      };
      this.#sockets.set(socket, { session, read, user });
      socket.accept();
      session.join(read, user, { since, guestToken });
    },
    received: (socket, data) => {
      const reader = this.#sockets.get(socket);
      if (!reader || this.#isSilent) return;
      const answer = this.handle(reader.session, reader.user, JSON.parse(data) as ClientFrame);
      if (answer) reader.read(answer);
    },
    closed: (socket) => {
      const reader = this.#sockets.get(socket);
      this.#sockets.delete(socket);
      reader?.session.leave(reader.read);
    },
  };

  async #fetch(request: Request): Promise<Response> {
    if (!this.#isReachable) throw new TypeError("fetch failed");
    const token = request.headers.get("authorization")?.replace("Bearer ", "");
    return answerHttp(this, request, whoAsks(this, request.url, token));
  }
}

/** As a gateway reads it: a browser lets a page set no header of a socket. */
function tokenOffered({ offers }: FakeWebSocket): string | undefined {
  const offer = offers.find((candidate) => candidate.startsWith(tokenPrefix));
  if (offer === undefined) return undefined;
  const text = atob(offer.slice(tokenPrefix.length).replaceAll("-", "+").replaceAll("_", "/"));
  return new TextDecoder().decode(Uint8Array.from(text, (letter) => letter.codePointAt(0) ?? 0));
}

function whoAsks(server: FakeServer, address: string, guestToken = "nobody"): FakeCaller {
  const { pathname, searchParams } = new URL(address);
  const [, sessionId = "none"] = /\/(?:chat|sessions)\/([^/]+)/.exec(pathname) ?? [];
  const user = { id: `guest-${guestToken.slice(0, 20)}`, name: searchParams.get("name") ?? "Guest" };
  return {
    session: server.session(sessionId),
    user,
    guestToken,
    since: searchParams.get("since") ?? undefined,
  };
}
