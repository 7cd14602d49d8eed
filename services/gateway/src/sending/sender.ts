import { randomUUIDv7 } from "node:crypto";
import { eventIdOf, LogFull, type Connection, type SessionLog, type SessionView } from "@natter/session-log";
import {
  encodeFrame,
  promptedMessage,
  subjects,
  withdrawnBy,
  type ErrorCode,
  type LogEvent,
  type User,
} from "@natter/protocol";
import { failpoint, isBroken } from "@natter/runtime";
import { Failure } from "../failure.ts";
import { IdempotentAppender, type NewEvent, type Sent } from "./idempotent-appender.ts";
import { toEvent, type Intent } from "./intent.ts";
import { OpenPrompts, type Reservation } from "./open-prompts.ts";
import { ReactionGate } from "./reaction-gate.ts";
import type { FirstAuthor } from "../history/session-deletion.ts";
import { Targets } from "./targets.ts";

const refusals: ReadonlySet<ErrorCode> = new Set([
  "not_found",
  "rate_limited",
  "bad_emoji",
  "too_many_reactions",
]);

/** Makes events from intents and appends those that are within the limits of their session. */
export class Sender {
  readonly #connection: Connection;
  readonly #log: SessionLog;
  readonly #appender: IdempotentAppender;
  readonly #targets: Targets;
  readonly #openPrompts: OpenPrompts;
  readonly #reactions: ReactionGate;

  constructor(deps: {
    connection: Connection;
    log: SessionLog;
    view: SessionView;
    stream: { readonly dedupeWindowSeconds: number };
    openPromptsOfSession: number;
    firstAuthor: FirstAuthor;
  }) {
    this.#connection = deps.connection;
    this.#log = deps.log;
    this.#appender = new IdempotentAppender(deps);
    this.#targets = new Targets(deps);
    this.#openPrompts = new OpenPrompts({ ...deps, max: deps.openPromptsOfSession });
    this.#reactions = new ReactionGate(deps);
  }

  /**
   * Resolves once the event is durable.
   *
   * @throws Failure `conflict` if the intent's id was used for another content, `forbidden`, `not_found` if its target does not exist,
   * `rate_limited` if the session has too many open prompts, `too_many_reactions`
   * @throws LogAway, StoreUnavailable
   */
  async send(sessionId: string, user: User, intent: Intent): Promise<Sent> {
    const clientId = intent.id ?? randomUUIDv7();
    const intentId = isBroken("gateway.no-dedupe") ? randomUUIDv7() : clientId;
    const eventId = eventIdOf({ userId: user.id, sessionId, clientId: intentId });
    const event = toEvent(intent, {
      id: eventId,
      user,
      sentAt: new Date().toISOString(),
      ...(intent.id === undefined ? {} : { clientId }),
    });
    const bytes = encodeFrame(event);
    const newEvent = { sessionId, event, bytes, clientId, isRetry: intent.retry === true };
    if (isBroken("gateway.ack-before-append")) {
      this.#appender.append(newEvent).catch(() => undefined);
      return { eventId, seq: 0, duplicate: false };
    }
    const sent = await this.#admit(newEvent);
    failpoint("gateway.after-append");
    if (!withdrawnBy(event)) return sent;
    failpoint("gateway.before-control");
    // The event alone takes effect; this message only makes it faster.
    this.#connection.publish(subjects.control(sessionId), encodeFrame({ seq: sent.seq }));
    return sent;
  }

  /** Appends an event within the session's limits, and repeats the answer for an event that was appended before. */
  async #admit(newEvent: NewEvent): Promise<Sent> {
    const { sessionId, event, bytes } = newEvent;
    let reservation: Reservation | undefined;
    try {
      await this.#targets.require(sessionId, event);
      const refusal = await this.#reactions.refusalOf(sessionId, event);
      if (refusal) throw new Failure(refusal);
      if (!isWithdrawal(event)) await this.#log.requireRoom(bytes.length);
      if (promptedMessage(event) !== undefined)
        reservation = await this.#openPrompts.reserve(sessionId, event.id);
      const sent = await this.#appender.append(newEvent);
      // The first send counted it, and its answer may be finished.
      if (sent.duplicate) reservation?.release();
      else reservation?.keep(sent.seq);
      return sent;
    } catch (error) {
      reservation?.release();
      const first = await this.#sentBefore(newEvent, error);
      if (!first) throw error;
      return first;
    }
  }

  /**
   * An event that was appended before is acknowledged again, whatever happened to the session since. Only new events can be refused.
   *
   * @throws Failure `conflict`, `temporary`
   */
  async #sentBefore(newEvent: NewEvent, error: unknown): Promise<Sent | undefined> {
    const isRefused = error instanceof LogFull || (error instanceof Failure && refusals.has(error.code));
    if (!isRefused || newEvent.event.clientId === undefined) return undefined;
    return this.#appender.findFirst(newEvent);
  }
}

/** A stop or a deletion. An edit and a regenerate close prompts as well, but they ask for a new answer. */
function isWithdrawal(event: LogEvent): boolean {
  return withdrawnBy(event) !== undefined && promptedMessage(event) === undefined;
}
