import { randomUUIDv7 } from "node:crypto";
import {
  AppendConflict,
  AppendStale,
  bodyHashOf,
  eventIdOf,
  eventIn,
  type Connection,
  type PlacedEvent,
  type SessionLog,
  type SessionView,
  type StoreRule,
} from "@natter/session-log";
import {
  encodeFrame,
  promptedMessage,
  subjects,
  timings,
  withdrawnBy,
  type ErrorCode,
  type LogEvent,
  type User,
} from "@natter/protocol";
import { failpoint, isBroken } from "@natter/runtime";
import { Failure } from "../failure.ts";
import { toEvent, type Intent } from "./intent.ts";
import { OpenPrompts, type Reservation } from "./open-prompts.ts";
import { ReactionGate } from "./reaction-gate.ts";
import type { FirstAuthor } from "../history/session-deletion.ts";
import { Targets } from "./targets.ts";

export interface Sent {
  /** Id of the event. For a message it is the id of the message. */
  readonly eventId: string;
  readonly seq: number;
  /** The same intent was sent before. `seq` is that of its first event. */
  readonly duplicate: boolean;
}

const refusals: ReadonlySet<ErrorCode> = new Set([
  "not_found",
  "rate_limited",
  "bad_emoji",
  "too_many_reactions",
]);
/** How far in the future the time of an id may be, because clocks differ. */
const clockSkewMs = 5_000;

/**
 * Appends intents to the log, each one once, even if it is sent often or late.
 *
 * The broker remembers an id only for its dedupe window. If the age of an id is far inside that window, the sender just appends the
 * event. Otherwise it looks the id up first, and appends on the condition that nothing came in between.
 */
export class Sender {
  readonly #connection: Connection;
  readonly #log: SessionLog;
  readonly #view: SessionView;
  readonly #targets: Targets;
  readonly #openPrompts: OpenPrompts;
  readonly #reactions: ReactionGate;
  readonly #youngMs: number;

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
    this.#view = deps.view;
    this.#targets = new Targets(deps);
    this.#openPrompts = new OpenPrompts({ ...deps, max: deps.openPromptsOfSession });
    this.#reactions = new ReactionGate(deps);
    this.#youngMs = (deps.stream.dedupeWindowSeconds * 1_000) / 4;
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
    const isFresh = (): boolean => intent.retry !== true && this.#isYoung(clientId);
    if (isBroken("gateway.ack-before-append")) {
      this.#append(sessionId, event, isFresh).catch(() => undefined);
      return { eventId, seq: 0, duplicate: false };
    }
    const sent = await this.#admit(sessionId, event, () => this.#append(sessionId, event, isFresh));
    failpoint("gateway.after-append");
    if (!withdrawnBy(event)) return sent;
    failpoint("gateway.before-control");
    // The event alone takes effect; this message only makes it faster.
    this.#connection.publish(subjects.control(sessionId), encodeFrame({ seq: sent.seq }));
    return sent;
  }

  /** Appends an event within the session's limits, and repeats the answer for an event that was appended before. */
  async #admit(sessionId: string, event: LogEvent, append: () => Promise<Sent>): Promise<Sent> {
    let reservation: Reservation | undefined;
    try {
      await this.#targets.require(sessionId, event);
      const refusal = await this.#reactions.refusalOf(sessionId, event);
      if (refusal) throw new Failure(refusal);
      if (promptedMessage(event) !== undefined)
        reservation = await this.#openPrompts.reserve(sessionId, event.id);
      const sent = await append();
      // The first send counted it, and its answer may be finished.
      if (sent.duplicate) reservation?.release();
      else reservation?.keep(sent.seq);
      return sent;
    } catch (error) {
      reservation?.release();
      const first = await this.#findFirst(sessionId, event, error);
      if (!first) throw error;
      return first;
    }
  }

  async #append(sessionId: string, event: LogEvent, isFresh: () => boolean): Promise<Sent> {
    if (isFresh()) {
      try {
        const { seq, duplicate } = await this.#log.append(sessionId, encodeFrame(event), {
          eventId: event.id,
          isFresh,
        });
        return duplicate ? await this.#firstOf(event, seq) : { eventId: event.id, seq, duplicate: false };
      } catch (error) {
        // The process may have been frozen between two tries, and the broker may have forgotten the first one.
        if (!(error instanceof AppendStale)) throw error;
      }
    }
    return this.#lookUpAndAppend(sessionId, event);
  }

  /**
   * An event that was appended before is acknowledged again, whatever happened to the session since. Only new events can be refused.
   *
   * @throws Failure `conflict`, `temporary`
   */
  async #findFirst(sessionId: string, event: LogEvent, error: unknown): Promise<Sent | undefined> {
    const isRefused = error instanceof Failure && refusals.has(error.code);
    if (!isRefused || event.clientId === undefined) return undefined;
    const known = await this.#fromReceipts(event, "log-alone");
    if (!known || known.sent) return known?.sent;
    return (await this.#findInLog(sessionId, event, known.appliedSeq)).sent;
  }

  /** @throws Failure `temporary` if the store is too far behind for a lookup in the log */
  async #findInLog(
    sessionId: string,
    event: LogEvent,
    after: number,
  ): Promise<{ sent?: Sent; lastSeq: number }> {
    const { events, isCut, lastSeq } = await this.#view.readLog(sessionId, after);
    const first = events.find((candidate) => candidate.event.id === event.id);
    if (first) return { sent: sameOrConflict(event, first), lastSeq };
    if (isCut) throw new Failure("temporary", "It is not known now whether this was sent before");
    return { lastSeq };
  }

  async #lookUpAndAppend(sessionId: string, event: LogEvent): Promise<Sent> {
    const deadline = performance.now() + timings.publishTotalMs;
    const known = await this.#fromReceipts(event, "required");
    if (known?.sent) return known.sent;
    let after = known?.appliedSeq ?? 0;
    while (performance.now() < deadline) {
      const { sent, lastSeq } = await this.#findInLog(sessionId, event, after);
      if (sent) return sent;
      after = Math.max(after, lastSeq);
      try {
        const { seq, duplicate } = await this.#log.append(sessionId, encodeFrame(event), {
          eventId: event.id,
          expectedLastSeq: lastSeq,
        });
        return duplicate ? await this.#firstOf(event, seq) : { eventId: event.id, seq, duplicate: false };
      } catch (error) {
        if (!(error instanceof AppendConflict)) throw error;
      }
    }
    throw new AppendConflict("the session is too busy to check what was sent before");
  }

  /** The broker has this id at `seq`, perhaps with another content: read the event. */
  async #firstOf(event: LogEvent, seq: number): Promise<Sent> {
    const stored = await this.#log.at(seq);
    const first = stored && eventIn(stored.bytes);
    if (first?.id === event.id) return sameOrConflict(event, { event: first, seq });
    const known = await this.#fromReceipts(event, "required");
    // The event was removed from the log and from the store. It was accepted once and must not come back.
    return known?.sent ?? { eventId: event.id, seq, duplicate: true };
  }

  /** `undefined` if the store is unavailable. @throws Failure `conflict` */
  async #fromReceipts(
    event: LogEvent,
    rule: StoreRule,
  ): Promise<{ sent?: Sent; appliedSeq: number } | undefined> {
    const { answer, appliedSeq } = await this.#view.ask("receipt", { eventId: event.id }, rule);
    if (!answer?.receipt) return answer && { appliedSeq };
    const { bodyHash, position } = answer.receipt;
    if (bodyHash !== bodyHashOf(event)) throw new Failure("conflict");
    return { sent: { eventId: event.id, seq: position.seq, duplicate: true }, appliedSeq };
  }

  /** Whether the id is a UUIDv7 with a time shortly before now. */
  #isYoung(clientId: string): boolean {
    if (clientId[14] !== "7") return false;
    const ageMs = Date.now() - Number.parseInt(clientId.slice(0, 8) + clientId.slice(9, 13), 16);
    return ageMs >= -clockSkewMs && ageMs < this.#youngMs;
  }
}

function sameOrConflict(event: LogEvent, first: PlacedEvent): Sent {
  if (bodyHashOf(first.event) !== bodyHashOf(event)) throw new Failure("conflict");
  return { eventId: event.id, seq: first.seq, duplicate: true };
}
