import type { ServerFrame } from "@natter/protocol/plain";
import type { NatterError } from "./errors.ts";
import type { LinkEnd, LinkListener, SendFrame } from "./link.ts";
import type { NetworkSignals } from "./network-signals.ts";
import { nextStep } from "./reconnect-policy.ts";
import type { ConnectionSnapshot, ConnectionState } from "./snapshots.ts";
import type { Transports } from "./transports.ts";
import { keepSame } from "./message-views.ts";
import { codes, heartbeatMs, pongMs } from "./wire-constants.ts";

export interface ConnectionParts {
  readonly sessionId: string;
  readonly transports: Transports;
  readonly network: NetworkSignals;
  /** Whether a refused token can be replaced, and how to ask for that. */
  readonly token: { readonly canRefresh: boolean; refuseToken(): void };
  /** Where to go on from. */
  readonly cursor: () => string | undefined;
}

export interface ConnectionListener {
  frame(frame: ServerFrame): void;
  changed(): void;
  /** The cursor is worth nothing any more. */
  cursorLost(): void;
  /** The frame that was sent last is too large for the server. */
  frameRefused(): void;
}

/** No `connection` frame for so long: the attempt failed. */
const openMs = 15_000;
/** Whoever stays online for so long has not failed. */
const steadyMs = 10_000;
/** After a moment in which nobody looked, a socket is asked for a sign of life sooner. */
const probeMs = 5_000;

/** Keeps a session connected: tries, waits, tries again, and finds out when the other side is gone without a word. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #listener: ConnectionListener;
  #snapshot: ConnectionSnapshot = { state: "closed", transport: "websocket", failedAttempts: 0 };
  #sendFrame: SendFrame | undefined;
  /** Ends the present attempt or connection. */
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #unlisten: (() => void) | undefined;
  #failures = 0;
  #onlineAt = 0;
  #leaveAt: number | undefined;
  #hasRefreshed = false;
  #heartbeatMs: number = heartbeatMs;
  #isProbed = false;

  constructor(parts: ConnectionParts, listener: ConnectionListener) {
    this.#parts = parts;
    this.#listener = listener;
  }

  get snapshot(): ConnectionSnapshot {
    return this.#snapshot;
  }

  get isOnline(): boolean {
    return this.#snapshot.state === "online";
  }

  open(): void {
    if (this.#snapshot.state !== "closed") return;
    this.#failures = 0;
    this.#hasRefreshed = false;
    this.#unlisten = this.#parts.network.listen({
      awake: (isNewNetwork) => this.#wake(isNewNetwork),
      asleep: () => this.#rest(),
    });
    this.#connect("connecting");
  }

  close(error?: NatterError): void {
    this.#disconnect();
    this.#unlisten?.();
    this.#unlisten = undefined;
    this.#show({ state: "closed", failedAttempts: 0, ...(error ? { error } : {}) });
  }

  /** Connects now unless it is online or closed. */
  reconnectNow(): void {
    const { state, nextAttemptAt } = this.#snapshot;
    if (state === "offline" || nextAttemptAt !== undefined) this.#connect("reconnecting");
  }

  /** Makes another connection in the place of this one, which may be good. */
  renew(): void {
    if (this.#abort) this.#connect(this.isOnline ? "reconnecting" : this.#snapshot.state);
  }

  /** Gives this connection up and makes another one. */
  restart(): void {
    if (this.#abort) this.#ended({ code: 1006, reason: "given up", wasOpen: true });
  }

  /** Sends a frame; does nothing while it is not online. */
  send(frame: object): void {
    if (this.isOnline) this.#sendFrame?.(JSON.stringify(frame));
  }

  #connect(state: ConnectionState): void {
    this.#disconnect();
    const { transports, sessionId, cursor } = this.#parts;
    this.#show({ state, failedAttempts: this.#snapshot.failedAttempts });
    this.#timer = setTimeout(() => this.#ended({ code: 1006, reason: "no answer", wasOpen: true }), openMs);
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    // What was given up may still say something, for example that it was closed.
    const closed = (end: LinkEnd): void => {
      if (!signal.aborted) this.#ended(end);
    };
    const listener: LinkListener = {
      begun: (send) => (this.#sendFrame = send),
      frame: (text) => {
        if (!signal.aborted) this.#receive(text);
      },
      alive: () => {
        if (!signal.aborted) this.#heard();
      },
      closed,
    };
    transports
      .open({ sessionId, since: cursor(), signal }, listener)
      .catch((error: unknown) => closed({ code: 1006, reason: String(error), wasOpen: false }));
  }

  #disconnect(): void {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = undefined;
    this.#sendFrame = undefined;
    this.#leaveAt = undefined;
  }

  #receive(text: string): void {
    const frame = readFrame(text);
    if (!frame) return this.#ended({ code: 1006, reason: "not a frame", wasOpen: true });
    if (frame.type === "connection") {
      this.#onlineAt = Date.now();
      this.#hasRefreshed = false;
      this.#heartbeatMs = frame.heartbeatMs;
      this.#show({ state: "online", failedAttempts: 0 });
    } else if (frame.type === "going_away") this.#leaveAt = Date.now() + frame.afterMs;
    this.#heard();
    this.#listener.frame(frame);
  }

  #heard(): void {
    this.#isProbed = false;
    if (!this.isOnline) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#probe(pongMs), this.#heartbeatMs);
  }

  /** A browser sees no pings. It asks itself, and gives up if nothing comes. */
  #probe(graceMs: number): void {
    if (this.#isProbed || !this.isOnline) return;
    this.#isProbed = true;
    if (this.#snapshot.transport === "websocket") this.send({ type: "ping" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => this.#ended({ code: codes.no_heartbeat, reason: "no_heartbeat", wasOpen: true }),
      graceMs,
    );
  }

  #ended(end: LinkEnd): void {
    const leaveAt = this.#leaveAt;
    const wasOnline = this.isOnline;
    this.#disconnect();
    if (wasOnline && Date.now() - this.#onlineAt >= steadyMs) this.#failures = 0;
    const { token, transports, network } = this.#parts;
    const step = nextStep(end, {
      failures: this.#failures,
      goingAwayMs: leaveAt === undefined ? undefined : Math.max(0, leaveAt - Date.now()),
      canRefresh: token.canRefresh && !this.#hasRefreshed,
      random: Math.random(),
    });
    if (step.action === "stop") return this.close(step.error);
    this.#failures++;
    void transports.learn(end);
    if (step.refreshToken === true) {
      this.#hasRefreshed = true;
      token.refuseToken();
    }
    if (step.dropCursor === true) this.#listener.cursorLost();
    if (step.dropFrame === true) this.#listener.frameRefused();
    if (network.isOffline) return this.#rest();
    const failedAttempts = wasOnline ? 0 : this.#snapshot.failedAttempts + 1;
    this.#show({
      state: "reconnecting",
      failedAttempts,
      nextAttemptAt: Date.now() + Math.round(step.delayMs),
    });
    this.#timer = setTimeout(() => this.#connect("reconnecting"), step.delayMs);
  }

  #rest(): void {
    if (this.#snapshot.state === "closed") return;
    this.#disconnect();
    this.#show({ state: "offline", failedAttempts: 0 });
  }

  #wake(isNewNetwork: boolean): void {
    if (isNewNetwork) this.#parts.transports.forget();
    this.#failures = 0;
    if (this.isOnline) this.#probe(probeMs);
    else this.reconnectNow();
  }

  #show(next: Omit<ConnectionSnapshot, "transport">): void {
    const shown = keepSame(this.#snapshot, { ...next, transport: this.#parts.transports.kind });
    if (shown === this.#snapshot) return;
    this.#snapshot = shown;
    this.#listener.changed();
  }
}

/** Something between here and the gateway may say what is no frame. */
function readFrame(text: string): ServerFrame | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && "type" in value
      ? (value as ServerFrame)
      : undefined;
  } catch {
    return undefined;
  }
}
