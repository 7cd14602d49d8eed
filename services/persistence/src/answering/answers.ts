import { StoreServer, type Connection, type StoreQuestion } from "@natter/session-log";
import {
  fitList,
  limits,
  type Applied,
  type PageMessage,
  type RpcQuestion,
  type RpcReply,
  type RpcResult,
  type RpcVerb,
} from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { AppliedFloor } from "./applied.ts";
import { askerOf } from "./asker.ts";
import { QuestionQueue } from "./question-queue.ts";
import { StoreUnavailable, type Store } from "../store/store.ts";

type Handlers = {
  readonly [V in RpcVerb]: (question: RpcQuestion<V>, epoch: string) => Promise<RpcResult<V>>;
};

interface AnswersDeps {
  readonly connection: Connection;
  readonly store: Store;
  readonly applied: AppliedFloor;
  readonly logger: Logger;
}

/** Answers the questions of gateways and workers. Every question gets an answer, and the process lives on. */
export class Answers {
  readonly #applied: AppliedFloor;
  readonly #logger: Logger;
  readonly #handlers: Handlers;
  readonly #server: StoreServer;
  readonly #queue = new QuestionQueue();

  constructor({ connection, store, applied, logger }: AnswersDeps) {
    this.#applied = applied;
    this.#logger = logger;
    this.#handlers = createHandlers(store);
    const onQuestion = (question: StoreQuestion): void => this.#enqueue(question);
    this.#server = new StoreServer({ connection, logger, onQuestion });
  }

  start(): void {
    this.#server.start();
  }

  /** Takes no more questions, and waits for the answers that are being made. */
  async stop(): Promise<void> {
    this.#server.stop();
    await this.#queue.stop();
  }

  #enqueue({ verb, question, waitMs, respond }: StoreQuestion): void {
    this.#queue.add({
      asker: askerOf(question),
      waitMs,
      answer: async () => respond(await this.#answer(verb, question)),
      refuse: () => respond({ ok: false, error: "unavailable" }),
    });
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

function inEpoch(messages: readonly PageMessage[], epoch: string): PageMessage[] {
  return messages.map((message) => ofEpoch(message, epoch));
}

/** Only a frame of an earlier epoch says which one it is of. */
function ofEpoch(message: PageMessage, current: string): PageMessage {
  const { epoch, ...rest } = message;
  return epoch === current || epoch === undefined ? rest : { ...rest, epoch };
}
