import type { Msg, Subscription } from "@nats-io/nats-core";
import {
  decodeObject,
  encodeFrame,
  rpcQueue,
  rpcVerbs,
  storeRpc,
  subjects,
  timings,
  waitHeader,
  type RpcQuestion,
  type RpcReply,
  type RpcVerb,
} from "@natter/protocol";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import type { BrokerLogger, Connection } from "../connection.ts";

/** A question that has passed the schema of its verb. */
export interface StoreQuestion<V extends RpcVerb = RpcVerb> {
  readonly verb: V;
  readonly question: RpcQuestion<V>;
  /** How long the asker waits for the answer, in ms. */
  readonly waitMs: number;
  /** Sends the answer. Never throws. To be called once. */
  readonly respond: (reply: RpcReply<V>) => void;
}

interface StoreServerDeps {
  readonly connection: Connection;
  readonly logger: BrokerLogger;
  readonly onQuestion: (question: StoreQuestion) => void;
}

const validators = new Map(
  rpcVerbs.map((verb) => [verb, Compile(storeRpc[verb].question as TSchema)] as const),
);

/**
 * The server's end of the store's RPC. All processes that serve share the questions. Every question gets an answer: silence
 * would look like a store that is away, and the asker would ask again and again.
 */
export class StoreServer {
  readonly #deps: StoreServerDeps;
  readonly #subscriptions: Subscription[] = [];

  constructor(deps: StoreServerDeps) {
    this.#deps = deps;
  }

  start(): void {
    const { connection } = this.#deps;
    for (const verb of rpcVerbs) {
      const subject = subjects.rpc(verb);
      this.#subscriptions.push(
        connection.subscribe(subject, (message) => this.#receive(verb, message), rpcQueue),
      );
    }
  }

  /** Takes no more questions. Those that it took can still be answered. */
  stop(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.unsubscribe();
  }

  #receive(verb: RpcVerb, message: Msg): void {
    const question: unknown = decodeObject(message.data);
    if (validators.get(verb)?.Check(question) !== true)
      return this.#respond(message, { ok: false, error: "malformed" });
    this.#deps.onQuestion({
      verb,
      question: question as RpcQuestion<RpcVerb>,
      waitMs: waitMsOf(message),
      respond: (reply) => this.#respond(message, reply),
    });
  }

  #respond(message: Msg, answer: RpcReply<RpcVerb>): void {
    const { connection, logger } = this.#deps;
    const { subject } = message;
    const reply = encodeFrame(answer);
    const isTooLarge = reply.length > connection.maxMessageBytes;
    if (isTooLarge) logger.error({ subject, bytes: reply.length }, "an answer is too large");
    try {
      message.respond(isTooLarge ? encodeFrame({ ok: false, error: "too_large" }) : reply);
    } catch (error) {
      logger.error({ err: error, subject }, "an answer cannot be sent");
    }
  }
}

/** An asker that does not say how long it waits is taken to wait as long as one that does. */
function waitMsOf({ headers }: Msg): number {
  const waitMs = Number(headers?.get(waitHeader) || Number.NaN);
  return waitMs > 0 ? waitMs : timings.storeMs;
}
