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
import { aborted, type Logger } from "@natter/runtime";
import { inBulkhead } from "../models/bulkhead.ts";
import type { PromptContext } from "../context/context-reader.ts";
import type { Model } from "../models/model.ts";
import { ModelFailure } from "../models/provider-failure.ts";
import { titleOf, titleRequest } from "./title-request.ts";

export interface TitleDeps {
  readonly log: SessionLog;
  readonly view: SessionView;
  readonly model: Model;
  /** A reasoning model spends most of these tokens on its reasoning. */
  readonly replyTokens: number;
  readonly logger: Logger;
}

/** The reply after which a session gets its title. */
interface Reply {
  readonly promptContext: PromptContext;
  readonly answer: string;
  /** Position of the prompt in the log. If its content is deleted later, a title must not show it. */
  readonly asked: Position;
}

/** A session without a title, as the log of the stream's leader shows it. */
interface Sight {
  readonly details: SessionDetails;
  /** `details` includes all events up to this seq. */
  readonly foldedTo: number;
  /** No event up to this seq deletes the prompt. */
  readonly readTo: number;
  readonly asked: Position;
}

const requestMs = 15_000;
const maxAtOnce = 16;
const maxWaiting = 1_000;
/** Counts replies of this worker. Another worker has its own count. */
const maxTries = 2;
const rememberedSessions = 10_000;
/** Each lost append means that another event came meanwhile. */
const maxAppends = 8;
/** A longer text is no title. In UTF-16 units. */
const maxSaid = 4_000;

/**
 * Gives titles to sessions without one, beside their replies: no reply waits for a title or fails with it. The log makes sure that
 * there is one title and that it never replaces a person's title: its event id depends only on the session, and the append is
 * conditional on the last event that showed no title.
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

  /** Returns at once. It does nothing if a title for the session is on its way. */
  begin(sessionId: string, reply: Reply): void {
    if (this.#stopped.signal.aborted || this.#running.has(sessionId)) return;
    if ((this.#tries.get(sessionId) ?? 0) >= maxTries) return;
    if (this.#running.size < maxAtOnce) this.#run(sessionId, reply);
    else if (this.#waiting.size < maxWaiting) this.#waiting.set(sessionId, reply);
  }

  /**
   * Finishes titles until `deadline` aborts, and then aborts the others. The next reply of such a session tries again, at any
   * worker.
   */
  async stop(deadline: AbortSignal): Promise<void> {
    while (this.#running.size > 0 && !deadline.aborted)
      await Promise.race([...this.#running.values(), aborted(deadline)]);
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
    // This check comes first: another worker may have written the title, and a request costs money.
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
   * Reads a session view. Without the store the worker cannot know that the session has no title.
   *
   * @throws StoreUnavailable
   */
  async #look(sessionId: string, asked: Position): Promise<Sight | undefined> {
    const { answer, appliedSeq } = await this.#deps.view.ask("details", { sessionId }, "required");
    // The store may have messages after a deletion. Only the log shows the deletion.
    const readTo = Math.min(appliedSeq, asked.seq);
    return this.#lookAgain(sessionId, { details: answer.details, foldedTo: appliedSeq, readTo, asked });
  }

  /** `undefined` if the session must not get a title any more, or if too many events came meanwhile to know it. */
  async #lookAgain(sessionId: string, known: Sight): Promise<Sight | undefined> {
    const { log, view } = this.#deps;
    const { asked, foldedTo, readTo } = known;
    const { events, isCut, lastSeq } = await view.readLog(sessionId, readTo);
    // After a new epoch nothing that was read before is valid, and a shorter log is a new one.
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

  /** One request. `undefined` if its answer was cut or gave no title. */
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

/** The event id of the session's title: it is the same at every worker. */
function titleEvent(sessionId: string, title: string): LogEventOf<"session_updated"> {
  return {
    type: "session_updated",
    id: eventIdOf({ userId: aiUser.id, sessionId, clientId: "title" }),
    user: aiUser,
    sentAt: new Date().toISOString(),
    title,
  };
}
