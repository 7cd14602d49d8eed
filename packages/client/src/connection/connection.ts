import type { ServerFrame } from "@natter/protocol/plain";
import type { NatterError } from "../errors.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { LinkEnd, LinkListener, SendFrame } from "./link.ts";
import { isOffline, listenToNetwork } from "./network-signals.ts";
import { nextStep } from "./reconnect-policy.ts";
import type { ConnectionSnapshot, ConnectionState } from "../snapshots.ts";
import type { Transports } from "./transports.ts";
import { keepSame } from "../observing/keep-same.ts";
import { noHeartbeat, pongMs } from "./wire-constants.ts";

export interface ConnectionDeps {
  readonly sessionId: string;
  readonly transports: Transports;
  /** Whether a refused token can be replaced, and how to ask for that. */
  readonly http: Pick<HttpClient, "getToken" | "refresh">;
  /** Where to go on from. */
  readonly cursor: () => string | undefined;
  readonly frame: (frame: ServerFrame) => void;
  /** Its snapshot is another one. */
  readonly changed: () => void;
  /** It ended with this code, not for good. */
  readonly closed: (code: number) => void;
}

/** No `connection` frame for so long: the attempt failed. */
const openMs = 15_000;
/** Whoever stays online for so long has not failed. */
const steadyMs = 10_000;
/** After a moment in which nobody looked, a socket is asked for a sign of life sooner. */
const probeMs = 5_000;

/** Keeps a session connected: tries, waits, tries again, and finds out when the other side is gone without a word. */
export class Connection {
  readonly #deps: ConnectionDeps;
  snapshot: ConnectionSnapshot = { state: "closed", transport: "websocket", failedAttempts: 0 };
  #sendFrame: SendFrame | undefined;
  /** Ends the present attempt or connection. */
  #abort: AbortController | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Ends with the use of this, not with one connection. */
  #closing: AbortController | undefined;
  #failures = 0;
  #onlineAt = 0;
  #leaveAt: number | undefined;
  #hasRefreshed = false;
  /** Known before it is needed: it comes with the first frame. */
  #heartbeatMs = 0;
  #isProbed = false;

  constructor(deps: ConnectionDeps) {
    this.#deps = deps;
  }

  get isOnline(): boolean {
    return this.snapshot.state === "online";
  }

  open(): void {
    if (this.snapshot.state !== "closed") return;
    this.#failures = 0;
    this.#hasRefreshed = false;
    this.#closing = new AbortController();
    listenToNetwork(
      (said) => (said === "offline" ? this.#rest() : this.#wake(said === "online")),
      this.#closing.signal,
    );
    this.#connect("connecting");
  }

  close(error?: NatterError): void {
    this.#disconnect();
    this.#closing?.abort();
    this.#show({ state: "closed", ...(error ? { error } : {}) });
  }

  /** Connects now unless it is online or closed. */
  reconnectNow(): void {
    const { state, nextAttemptAt } = this.snapshot;
    if (state === "offline" || nextAttemptAt !== undefined) this.#connect("reconnecting");
  }

  /** Makes another connection in the place of this one, which may be good. */
  renew(): void {
    if (this.#abort) this.#connect(this.isOnline ? "reconnecting" : this.snapshot.state);
  }

  /** Gives this connection up and makes another one. */
  restart(): void {
    if (this.#abort) this.#fail();
  }

  /** Sends a frame; does nothing while it is not online. */
  send(frame: object): void {
    if (this.isOnline) this.#sendFrame?.(JSON.stringify(frame));
  }

  #connect(state: ConnectionState): void {
    this.#disconnect();
    const { transports, sessionId, cursor } = this.#deps;
    this.#show({ state, failedAttempts: this.snapshot.failedAttempts });
    this.#wait(openMs, () => this.#fail());
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    // What was given up may still say something, for example that it was closed.
    const unlessGivenUp =
      <T>(hear: (said: T) => void) =>
      (said: T): void => {
        if (!signal.aborted) hear(said);
      };
    const listener: LinkListener = {
      begun: (send) => (this.#sendFrame = send),
      frame: unlessGivenUp((text) => this.#receive(text)),
      alive: unlessGivenUp<void>(() => this.#heard()),
      closed: unlessGivenUp((end) => this.#ended(end)),
    };
    transports
      .open({ sessionId, since: cursor(), signal }, listener)
      .catch(() => listener.closed({ code: 1006, reason: "", wasOpen: false }));
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
    if (!frame) return this.#fail();
    if (frame.type === "connection") {
      this.#onlineAt = Date.now();
      this.#hasRefreshed = false;
      this.#heartbeatMs = frame.heartbeatMs;
      this.#show({ state: "online" });
    } else if (frame.type === "going_away") this.#leaveAt = Date.now() + frame.afterMs;
    this.#heard();
    this.#deps.frame(frame);
  }

  #heard(): void {
    this.#isProbed = false;
    if (!this.isOnline) return;
    this.#wait(this.#heartbeatMs, () => this.#probe(pongMs));
  }

  /** A browser sees no pings. It asks itself, and gives up if nothing comes. */
  #probe(graceMs: number): void {
    if (this.#isProbed || !this.isOnline) return;
    this.#isProbed = true;
    if (this.snapshot.transport === "websocket") this.send({ type: "ping" });
    this.#wait(graceMs, () => this.#fail(noHeartbeat));
  }

  /** Gives it up from this side. */
  #fail(code = 1006): void {
    this.#ended({ code, reason: "", wasOpen: true });
  }

  #ended(end: LinkEnd): void {
    const leaveAt = this.#leaveAt;
    const wasOnline = this.isOnline;
    this.#disconnect();
    if (wasOnline && Date.now() - this.#onlineAt >= steadyMs) this.#failures = 0;
    const { http, transports } = this.#deps;
    const step = nextStep(end, {
      failedAttempts: this.#failures,
      afterMs: leaveAt && Math.max(0, leaveAt - Date.now()),
      canRefresh: http.getToken !== undefined && !this.#hasRefreshed,
      random: Math.random(),
    });
    if (step.error) return this.close(step.error);
    this.#failures++;
    void transports.learn(end);
    if (step.refresh) {
      this.#hasRefreshed = true;
      http.refresh = true;
    }
    this.#deps.closed(end.code);
    if (isOffline()) return this.#rest();
    const failedAttempts = wasOnline ? 0 : this.snapshot.failedAttempts + 1;
    this.#show({
      state: "reconnecting",
      failedAttempts,
      nextAttemptAt: Date.now() + Math.round(step.retryAfterMs),
    });
    this.#wait(step.retryAfterMs, () => this.#connect("reconnecting"));
  }

  /** One thing is waited for at a time. */
  #wait(ms: number, then: () => void): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(then, ms);
  }

  #rest(): void {
    if (this.snapshot.state === "closed") return;
    this.#disconnect();
    this.#show({ state: "offline" });
  }

  #wake(isNewNetwork: boolean): void {
    if (isNewNetwork) this.#deps.transports.forget();
    this.#failures = 0;
    if (this.isOnline) this.#probe(probeMs);
    else this.reconnectNow();
  }

  #show(next: Pick<ConnectionSnapshot, "state"> & Partial<ConnectionSnapshot>): void {
    const { kind: transport } = this.#deps.transports;
    const shown = keepSame(this.snapshot, { failedAttempts: 0, ...next, transport });
    if (shown === this.snapshot) return;
    this.snapshot = shown;
    this.#deps.changed();
  }
}

/** Something between here and the gateway may say what is no frame. */
function readFrame(text: string): ServerFrame | undefined {
  try {
    const value = JSON.parse(text) as ServerFrame | null;
    return value?.type && value;
  } catch {
    return undefined;
  }
}
