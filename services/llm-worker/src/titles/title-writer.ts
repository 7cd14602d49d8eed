import { AppendConflict, eventIdOf, type SessionLog, type SessionView } from "@natter/session-log";
import {
  aiUser,
  deletesSession,
  encodeFrame,
  foldDetails,
  type LogEvent,
  type LogEventOf,
  type Position,
  type SessionDetails,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import { inBulkhead } from "../models/bulkhead.ts";
import type { PromptContext } from "../context/context-reader.ts";
import type { Model } from "../models/model.ts";
import { ModelFailure } from "../models/provider-failure.ts";
import { titleOf, titleRequest } from "./title-request.ts";

export interface TitleDeps {
  readonly log: SessionLog;
  readonly view: SessionView;
  readonly model: Model;
  /** A model that thinks first spends most of them on that. */
  readonly replyTokens: number;
  readonly logger: Logger;
}

/** The reply after which a session gets its title. */
interface Reply {
  readonly promptContext: PromptContext;
  readonly answer: string;
  /** Where its prompt is in the log. A title made of what was deleted after it would tell of it. */
  readonly asked: Position;
}

/** A session that is still to be named, as the leader's log shows it. */
interface Sight {
  readonly details: SessionDetails;
  /** `details` are of all events up to here. */
  readonly foldedTo: number;
  /** No event up to here deletes what was asked. */
  readonly readTo: number;
  readonly asked: Position;
}

const requestMs = 15_000;
const maxAtOnce = 16;
const maxWaiting = 1_000;
/** After replies of this worker; another one counts for itself. */
const maxTries = 2;
const rememberedSessions = 10_000;
/** Each one that is lost means that something else came into the session meanwhile. */
const maxAppends = 8;
/** What is longer is no title. In UTF-16 units. */
const maxSaid = 4_000;

/**
 * Names sessions that nobody named, beside their replies: no reply waits for it, and none fails with it. What
 * keeps it to one title, and that one never a person's, is the log: the title is appended under an id that is
 * the session's, on the condition that nothing has come since the log showed that there is none.
 */
export class TitleWriter {
  readonly #deps: TitleDeps;
  readonly #stopped = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #waiting = new Map<string, Reply>();
  readonly #tries = new Map<string, number>();

  constructor(deps: TitleDeps) {
    this.#deps = deps;
  }

  /** Returns at once. A session that is already at it is left alone. */
  begin(sessionId: string, reply: Reply): void {
    if (this.#stopped.signal.aborted || this.#running.has(sessionId)) return;
    if ((this.#tries.get(sessionId) ?? 0) >= maxTries) return;
    if (this.#running.size < maxAtOnce) this.#run(sessionId, reply);
    else if (this.#waiting.size < maxWaiting) this.#waiting.set(sessionId, reply);
  }

  /** Gives up what is not done: the next reply in a session without a title tries again, at whichever worker. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#waiting.clear();
    await Promise.all(this.#running.values());
  }

  #run(sessionId: string, reply: Reply): void {
    const onError = (error: unknown): void => {
      if (this.#stopped.signal.aborted) return;
      const why = error instanceof ModelFailure ? { code: error.code, said: error.message } : { err: error };
      this.#deps.logger.warn({ ...why, sessionId }, "a session gets no title now");
    };
    const running = inBulkhead(onError, async () => this.#name(sessionId, reply))
      .catch(onError)
      .finally(() => {
        this.#running.delete(sessionId);
        const [next] = this.#waiting;
        if (!next) return;
        this.#waiting.delete(next[0]);
        this.#run(...next);
      });
    this.#running.set(sessionId, running);
  }

  async #name(sessionId: string, reply: Reply): Promise<void> {
    // Asked first: another worker may have done it, and a request costs money.
    const before = await this.#look(sessionId, reply.asked);
    if (!before) return;
    this.#count(sessionId);
    const title = await this.#ask(reply);
    if (title === undefined) throw new Error("the model said nothing that is a title");
    await this.#append(sessionId, title, before);
  }

  async #append(sessionId: string, title: string, before: Sight): Promise<void> {
    const event = titleEvent(sessionId, title);
    let sight = before;
    for (let appends = 0; appends < maxAppends && !this.#stopped.signal.aborted; appends++) {
      const now = await this.#lookAgain(sessionId, sight);
      if (!now) return;
      sight = now;
      try {
        // A broker that has an event with this id already has the title.
        const fence = { eventId: event.id, expectedLastSeq: sight.readTo };
        await this.#deps.log.append(sessionId, encodeFrame(event), fence);
        return;
      } catch (error) {
        if (!(error instanceof AppendConflict)) throw error;
      }
    }
  }

  /**
   * What the store says, and the log after it. With the store away it cannot be known that nobody named it.
   *
   * @throws StoreUnavailable
   */
  async #look(sessionId: string, asked: Position): Promise<Sight | undefined> {
    const { answer, appliedSeq } = await this.#deps.view.ask("details", { sessionId }, "required");
    // The store may know of messages that came after a deletion: only the log says whether there was one.
    const readTo = Math.min(appliedSeq, asked.seq);
    return this.#lookAgain(sessionId, { details: answer.details, foldedTo: appliedSeq, readTo, asked });
  }

  /** `undefined`: it is not to be named any more, or too much has come meanwhile to know that. */
  async #lookAgain(sessionId: string, known: Sight): Promise<Sight | undefined> {
    const { log, view } = this.#deps;
    const { asked, foldedTo, readTo } = known;
    const { events, isCut, lastSeq } = await view.readLog(sessionId, readTo);
    // In another numbering nothing that was seen before holds, and a shorter log is another one.
    if (isCut || log.epoch !== asked.epoch || lastSeq < readTo) return undefined;
    const news: LogEvent[] = [];
    for (const { event, seq } of events) {
      if (deletesSession(event) && seq > asked.seq) return undefined;
      if (seq > foldedTo) news.push(event);
    }
    const details = foldDetails(known.details, news);
    if (details.title !== undefined || details.deleted === true) return undefined;
    return { details, foldedTo: Math.max(foldedTo, lastSeq), readTo: lastSeq, asked };
  }

  /** One request. `undefined` if it was cut, or said nothing of use. */
  async #ask({ promptContext, answer }: Reply): Promise<string | undefined> {
    const { model, replyTokens } = this.#deps;
    const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(requestMs)]);
    const messages = titleRequest(promptContext, answer);
    let said = "";
    const { reason } = await model.stream(
      { model: promptContext.model, messages, replyTokens, signal },
      ({ type, text }) => {
        if (type === "text") said += text;
        else if (type === "taking") said = "";
        if (said.length > maxSaid) throw new Error("the model said more than a title");
      },
    );
    return reason === "stop" ? titleOf(said) : undefined;
  }

  #count(sessionId: string): void {
    this.#tries.set(sessionId, (this.#tries.get(sessionId) ?? 0) + 1);
    const [oldest] = this.#tries.keys();
    if (this.#tries.size > rememberedSessions && oldest !== undefined) this.#tries.delete(oldest);
  }
}

/** The session's one title of the model's: whoever makes it, it has the same id. */
function titleEvent(sessionId: string, title: string): LogEventOf<"session_updated"> {
  return {
    type: "session_updated",
    id: eventIdOf({ userId: aiUser.id, sessionId, clientId: "title" }),
    user: aiUser,
    sentAt: new Date().toISOString(),
    title,
  };
}
