import { encodeFrame, type User } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { errorFrame, Failure } from "../failure.ts";
import type { Identity } from "../identity/authenticator.ts";
import type { Presence } from "../presence/presence.ts";
import type { Hub, Joined } from "../relay/hub.ts";
import { Subscriber } from "../relay/subscriber.ts";
import type { ConnectionSink } from "../sinks/connection-sink.ts";
import type { SlowConsumers } from "../sinks/slow-consumers.ts";
import { connectionFrame } from "./connection-frame.ts";

export interface ConnectionDeps {
  readonly hub: Hub;
  readonly presence: Presence;
  readonly slowConsumers: SlowConsumers;
  readonly logger: Logger;
}

/**
 * One connection in one session, whatever its transport: it joins, gets `connection`, then what it missed, then live
 * frames, and leaves.
 */
export class SessionConnection {
  readonly sessionId: string;
  readonly user: User;
  readonly sink: ConnectionSink;
  readonly #deps: ConnectionDeps;
  readonly #identity: Identity;
  readonly #subscriber: Subscriber;
  #leavePresence: (() => void) | undefined;

  constructor(
    deps: ConnectionDeps,
    { sessionId, identity, sink }: { sessionId: string; identity: Identity; sink: ConnectionSink },
  ) {
    this.sessionId = sessionId;
    this.user = { id: identity.id, name: identity.name };
    this.sink = sink;
    this.#deps = deps;
    this.#identity = identity;
    this.#subscriber = new Subscriber(sink, this.user);
    deps.slowConsumers.watch(sink);
  }

  /**
   * Subscribes to the session. Nothing is sent before `start`, so the transport can still refuse the connection.
   *
   * @param since the cursor up to which the client has everything
   * @returns `undefined` if the connection ended meanwhile
   * @throws LogUnreadable
   */
  async join(since: string | undefined): Promise<Joined | undefined> {
    const { hub, presence } = this.#deps;
    // Presence comes first: then the client gets no `user_join` of its own user.
    this.#leavePresence = presence.enter(this.sessionId, this.user);
    const joined = await hub.join(this.sessionId, this.#subscriber, since);
    if (!this.sink.hasEnded) return joined;
    hub.leave(this.sessionId, this.#subscriber);
    return undefined;
  }

  /** Sends `connection` and what the client missed. Resolves when the connection is live or has ended; never rejects. */
  async start(joined: Joined): Promise<void> {
    const { hub, presence, logger } = this.#deps;
    const present = presence.usersFor(this.sessionId, this.user);
    const frame = connectionFrame(this.sessionId, this.#identity, { ...joined, ...present });
    this.sink.begin(encodeFrame(frame), joined);
    // An error frame and not a refusal: a client that ignores errors must not lose its messages for a name.
    if (this.#identity.hasRefusedName)
      this.sink.send(encodeFrame(errorFrame(new Failure("bad_name"))), "other");
    try {
      await hub.catchUp(this.sessionId, this.#subscriber, this.sink);
    } catch (error) {
      logger.warn({ err: error, sessionId: this.sessionId }, "a connection could not be sent what it missed");
      this.sink.end("broker_away");
    }
  }

  leave(): void {
    this.#deps.slowConsumers.forget(this.sink);
    this.#leavePresence?.();
    this.#deps.hub.leave(this.sessionId, this.#subscriber);
  }
}
