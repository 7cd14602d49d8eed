import type { RpcAnswer, RpcQuestion, RpcVerb } from "@natter/protocol";
import { AnswerTooLarge, StoreUnavailable } from "../errors.ts";
import { placedEvents, type PlacedEvent } from "../log/event-decoder.ts";
import type { SessionLog } from "../log/session-log.ts";
import type { StoreClient } from "../store/store-client.ts";
import { readTail } from "./log-tail.ts";

/**
 * What to do without the store. `required`: fail. `log-alone`: go on with an answer that is `undefined`, which the caller
 * replaces by the log from its first event on.
 */
export type StoreRule = "required" | "log-alone";

type AnswerOf<V extends RpcVerb, R extends StoreRule> = R extends "required"
  ? RpcAnswer<V>
  : RpcAnswer<V> | undefined;

/** An answer of the store, in the numbering of this log. */
export interface StoredPart<A> {
  readonly answer: A;
  /** The epoch of `appliedSeq`, which is the log's. */
  readonly epoch: string;
  /** The answer is complete up to here. 0: nothing of this epoch is in it for sure. */
  readonly appliedSeq: number;
}

/** The end of a session's log. */
export interface LogPart {
  /** Of one session, ascending. Bytes that are no event are left out. */
  readonly events: readonly PlacedEvent[];
  /** There are more of them, between the place that was asked for and these. */
  readonly isCut: boolean;
  /** The session's last event, as an append expects it; 0 if the log has none. */
  readonly lastSeq: number;
  /** There is no event between `lastSeq` and here. For a session without events it is the last seq of the log. */
  readonly endSeq: number;
}

export type View<A> = StoredPart<A> & LogPart;

interface SessionViewDeps {
  readonly log: Pick<SessionLog, "epoch" | "ensure" | "last" | "bounds" | "readStep" | "countFrom">;
  readonly store: Pick<StoreClient, "ask">;
}

/**
 * The state of a session: what the store says up to `appliedSeq`, and the log after it. This is the only reader of
 * `appliedSeq`.
 *
 * The store is asked first, and the log is read afterwards: an event that is recorded in between is in both, and none is in
 * neither.
 */
export class SessionView {
  readonly #log: SessionViewDeps["log"];
  readonly #store: SessionViewDeps["store"];

  constructor(deps: SessionViewDeps) {
    this.#log = deps.log;
    this.#store = deps.store;
  }

  /**
   * The store's answer and the log after it, in one epoch.
   *
   * @throws StoreUnavailable, AnswerTooLarge if the store is `required`
   * @throws LogUnreadable
   */
  async read<V extends RpcVerb, R extends StoreRule>(
    sessionId: string,
    verb: V,
    question: RpcQuestion<V>,
    rule: R,
  ): Promise<View<AnswerOf<V, R>>> {
    for (;;) {
      const stored = await this.ask(verb, question, rule);
      const tail = await this.readLog(sessionId, stored.appliedSeq);
      // Else the numbering changed in between, and the seqs of the two parts mean different things.
      if (this.#log.epoch === stored.epoch) return { ...stored, ...tail };
    }
  }

  /**
   * The first part alone. A store and a log of different epochs: one of the two has not heard of the newer one yet. So the
   * log is looked at, and if they still differ, nothing of the log counts as applied. The answer stays: it is of what was
   * recorded in earlier epochs, too.
   *
   * @throws as `read`
   */
  async ask<V extends RpcVerb, R extends StoreRule>(
    verb: V,
    question: RpcQuestion<V>,
    rule: R,
  ): Promise<StoredPart<AnswerOf<V, R>>> {
    const answer = await this.#ask(verb, question, rule);
    if (answer && answer.epoch !== this.#log.epoch) await this.#log.ensure();
    const { epoch } = this.#log;
    const appliedSeq = answer?.epoch === epoch ? answer.appliedSeq : 0;
    return { answer: answer as AnswerOf<V, R>, epoch, appliedSeq };
  }

  /** The second part alone: the session's last events after the seq `after`. @throws LogUnreadable */
  async readLog(sessionId: string, after: number): Promise<LogPart> {
    const { lastSeq, endSeq } = await this.#end(sessionId);
    const { events, isCut } = await readTail(this.#log, sessionId, { after, upTo: lastSeq });
    return { events: placedEvents(events), isCut, lastSeq, endSeq: Math.max(after, endSeq) };
  }

  async #ask<V extends RpcVerb>(
    verb: V,
    question: RpcQuestion<V>,
    rule: StoreRule,
  ): Promise<RpcAnswer<V> | undefined> {
    try {
      return await this.#store.ask(verb, question);
    } catch (error) {
      const isAbsence = error instanceof StoreUnavailable || error instanceof AnswerTooLarge;
      if (rule === "log-alone" && isAbsence) return undefined;
      throw error;
    }
  }

  /**
   * The last seq of a session without events is read before the session is known to be empty: at a cursor from the time
   * before the log's first event nobody could say whether something was missed.
   */
  async #end(sessionId: string): Promise<{ lastSeq: number; endSeq: number }> {
    const last = await this.#log.last(sessionId);
    if (last) return { lastSeq: last.seq, endSeq: last.seq };
    const { lastSeq: endSeq } = await this.#log.bounds();
    const first = await this.#log.last(sessionId);
    return first ? { lastSeq: first.seq, endSeq: first.seq } : { lastSeq: 0, endSeq };
  }
}
