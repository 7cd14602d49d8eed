import {
  AppendConflict,
  AppendStale,
  bodyHashOf,
  eventIn,
  type Appended,
  type PlacedEvent,
  type SessionLog,
  type SessionView,
  type StoreRule,
} from "@natter/session-log";
import { timings, type LogEvent } from "@natter/protocol";
import { Failure } from "../failure.ts";

export interface Sent {
  /** Id of the event. For a message it is the id of the message. */
  readonly eventId: string;
  readonly seq: number;
  /** The same intent was sent before. `seq` is that of its first event. */
  readonly duplicate: boolean;
}

/** An event to append, and what its intent says about its age. */
export interface NewEvent {
  readonly sessionId: string;
  readonly event: LogEvent;
  /** The event, encoded. */
  readonly bytes: Uint8Array;
  /** The intent's id, or one that the gateway made. */
  readonly clientId: string;
  /** The client says that it has sent the intent before. */
  readonly isRetry: boolean;
}

/** How far in the future the time of an id may be, because clocks differ. */
const clockSkewMs = 5_000;

/**
 * Appends each event once, even if it is sent often or late.
 *
 * The broker remembers an id only for its dedupe window. If the age of an id is far inside that window, this class just appends the
 * event. Otherwise it looks the id up first, and appends on the condition that nothing came in between.
 */
export class IdempotentAppender {
  readonly #log: SessionLog;
  readonly #view: SessionView;
  readonly #youngMs: number;

  constructor(deps: {
    log: SessionLog;
    view: SessionView;
    stream: { readonly dedupeWindowSeconds: number };
  }) {
    this.#log = deps.log;
    this.#view = deps.view;
    this.#youngMs = (deps.stream.dedupeWindowSeconds * 1_000) / 4;
  }

  /**
   * Resolves once the event is durable.
   *
   * @throws Failure `conflict` if the event's id was used for another content, `temporary`
   * @throws LogAway, StoreUnavailable
   */
  async append(newEvent: NewEvent): Promise<Sent> {
    const { clientId, isRetry } = newEvent;
    const isFresh = (): boolean => !isRetry && this.#isYoung(clientId);
    if (isFresh()) {
      try {
        return await this.#tryAppend(newEvent, { isFresh });
      } catch (error) {
        // The process may have been frozen between two tries, and the broker may have forgotten the first one.
        if (!(error instanceof AppendStale)) throw error;
      }
    }
    return this.#lookUpAndAppend(newEvent);
  }

  /**
   * What the client was told when it sent the event first. `undefined` if the event is new.
   *
   * @throws Failure `conflict`, `temporary`
   */
  async findFirst({ sessionId, event }: NewEvent): Promise<Sent | undefined> {
    const known = await this.#fromReceipts(event, "log-alone");
    return known?.sent ?? (await this.#findInLog(sessionId, event, known?.appliedSeq ?? 0)).sent;
  }

  async #lookUpAndAppend(newEvent: NewEvent): Promise<Sent> {
    const { sessionId, event } = newEvent;
    const deadline = performance.now() + timings.publishTotalMs;
    const known = await this.#fromReceipts(event, "required");
    if (known?.sent) return known.sent;
    let after = known?.appliedSeq ?? 0;
    while (performance.now() < deadline) {
      const { sent, lastSeq } = await this.#findInLog(sessionId, event, after);
      if (sent) return sent;
      after = Math.max(after, lastSeq);
      try {
        return await this.#tryAppend(newEvent, { expectedLastSeq: lastSeq });
      } catch (error) {
        if (!(error instanceof AppendConflict)) throw error;
      }
    }
    throw new AppendConflict("the session is too busy to check what was sent before");
  }

  async #tryAppend(
    { sessionId, event, bytes }: NewEvent,
    condition: { isFresh: () => boolean } | { expectedLastSeq: number },
  ): Promise<Sent> {
    const options = { eventId: event.id, ...condition };
    const appended = await this.#log.append(sessionId, bytes, options);
    return appended.duplicate ? this.#firstOf(event, appended) : { eventId: event.id, ...appended };
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

  /** The broker has this id at `seq`, perhaps with another content: read the event. */
  async #firstOf(event: LogEvent, { seq }: Appended): Promise<Sent> {
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
