import type { Connection, Msg, Subscription } from "@natter/session-log";
import {
  decodeObject,
  encodeFrame,
  fitList,
  limits,
  rpcQueue,
  rpcVerbs,
  subjects,
  timings,
  waitHeader,
  type Applied,
  type PageMessage,
  type Rpc,
  type RpcQuestion,
  type RpcReply,
  type RpcVerb,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { AppliedFloor } from "./applied.ts";
import { QuestionQueue } from "./question-queue.ts";
import { askerOf, readQuestion } from "./questions.ts";
import { StoreUnavailable, type Store } from "../store.ts";

type Handlers = {
  readonly [V in RpcVerb]: (question: Rpc[V]["question"], epoch: string) => Promise<Rpc[V]["answer"]>;
};

/** Answers what gateways and workers ask. Whatever is asked, there is an answer, and the process lives on. */
export class Answers {
  readonly #connection: Connection;
  readonly #applied: AppliedFloor;
  readonly #logger: Logger;
  readonly #handlers: Handlers;
  readonly #subscriptions: Subscription[] = [];
  readonly #queue = new QuestionQueue();

  constructor(parts: { connection: Connection; store: Store; applied: AppliedFloor; logger: Logger }) {
    this.#connection = parts.connection;
    this.#applied = parts.applied;
    this.#logger = parts.logger;
    this.#handlers = createHandlers(parts.store);
  }

  start(): void {
    for (const verb of rpcVerbs) {
      const onMessage = (message: Msg): void => {
        // Before its turn, because whose turn it is depends on who asks.
        const question = readQuestion(verb, decodeObject(message.data));
        if (question === undefined) return this.#respond(message, { ok: false, error: "malformed" });
        this.#queue.add({
          asker: askerOf(question),
          waitMs: waitMsOf(message),
          answer: async () => this.#respond(message, await this.#answer(verb, question)),
          refuse: () => this.#respond(message, { ok: false, error: "unavailable" }),
        });
      };
      this.#subscriptions.push(this.#connection.subscribe(subjects.rpc(verb), onMessage, rpcQueue));
    }
  }

  /** Takes no more questions, and waits for the answers that are being made. */
  async stop(): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
    await this.#queue.stop();
  }

  #respond(message: Msg, answer: RpcReply<RpcVerb>): void {
    const reply = encodeFrame(answer);
    const isTooLarge = reply.length > this.#connection.maxMessageBytes;
    if (isTooLarge)
      this.#logger.error({ subject: message.subject, bytes: reply.length }, "an answer is too large");
    try {
      // Silence would look like a store that is away, and would be asked again and again.
      message.respond(isTooLarge ? encodeFrame({ ok: false, error: "too_large" }) : reply);
    } catch (error) {
      this.#logger.error({ err: error, subject: message.subject }, "an answer cannot be sent");
    }
  }

  async #answer<V extends RpcVerb>(verb: V, question: RpcQuestion<V>): Promise<RpcReply<V>> {
    // Read before the query: what is recorded meanwhile may be in the answer, nothing promised is missing.
    const applied: Applied = this.#applied.current;
    try {
      const answer = await this.#handlers[verb](question, applied.epoch);
      return { ok: true, ...answer, ...applied };
    } catch (error) {
      if (error instanceof StoreUnavailable) {
        this.#logger.warn({ err: error, verb }, "the store cannot answer now");
        return { ok: false, error: "unavailable" };
      }
      this.#logger.error({ err: error, verb }, "a question cannot be answered");
      return { ok: false, error: "internal" };
    }
  }
}

function createHandlers(store: Store): Handlers {
  return {
    async history(question, epoch) {
      const limit = Math.min(question.limit, limits.pageMessages);
      const { messages, ...page } = await store.history({ ...question, limit });
      return { ...page, messages: inEpoch(messages, epoch) };
    },
    async sessions(question) {
      const limit = Math.min(question.limit, limits.sessionListEntries);
      return store.sessions({ ...question, limit });
    },
    async search(question, epoch) {
      const limit = Math.min(question.limit, limits.searchHits);
      const { hits, truncated } = await store.search({ ...question, limit });
      return { hits: hits.map((hit) => ({ ...hit, message: ofEpoch(hit.message, epoch) })), truncated };
    },
    reactions: async (question) => ({ reactions: await store.reactions(question) }),
    receipt: async ({ eventId }) => ({ receipt: (await store.receipt(eventId)) ?? null }),
    target: (question) => store.target(question),
    prompts: async ({ sessionId }) => ({ prompts: await store.openPrompts(sessionId) }),
    earliest_prompt: async () => ({ position: (await store.earliestPrompt()) ?? null }),
    async context(question, epoch) {
      const messages = await store.context(question);
      return { messages: inEpoch(messages, epoch), details: await store.details(question.sessionId) };
    },
    details: async ({ sessionId }) => ({
      details: await store.details(sessionId),
      readMarks: fitList(await store.readMarks(sessionId, limits.readMarks)),
    }),
    async mark(question) {
      await store.mark(question);
      return {};
    },
  };
}

/** Of an asker that does not say so: as long as one that does. */
function waitMsOf({ headers }: Msg): number {
  const said = Number(headers?.get(waitHeader) || Number.NaN);
  return said > 0 ? said : timings.storeMs;
}

function inEpoch(messages: readonly PageMessage[], epoch: string): PageMessage[] {
  return messages.map((message) => ofEpoch(message, epoch));
}

/** Only a frame of an earlier epoch says which one it is of. */
function ofEpoch(message: PageMessage, current: string): PageMessage {
  const { epoch, ...rest } = message;
  return epoch === current || epoch === undefined ? rest : { ...rest, epoch };
}
