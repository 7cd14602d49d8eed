import {
  decodeObject,
  encodeFrame,
  subjects,
  timings,
  waitHeader,
  type RpcAnswer,
  type RpcQuestion,
  type RpcReply,
  type RpcVerb,
} from "@natter/protocol";
import type { Connection } from "../connection.ts";
import { AnswerTooLarge, StoreUnavailable } from "../errors.ts";

/** Asks the persistence service. Nobody else opens the store. */
export class StoreClient {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /**
   * @throws StoreUnavailable if there is no answer within 1 s, or the answer is that the store cannot be asked
   * @throws AnswerTooLarge
   */
  async ask<V extends RpcVerb>(
    verb: V,
    question: RpcQuestion<V>,
    timeoutMs: number = timings.storeMs,
  ): Promise<RpcAnswer<V>> {
    const reply = await this.#request(verb, question, timeoutMs);
    if (!reply.ok && reply.error === "too_large")
      throw new AnswerTooLarge(`the answer to ${verb} is too large`);
    if (!reply.ok)
      throw new StoreUnavailable(`the persistence service answered ${verb} with "${reply.error}"`);
    return reply;
  }

  async #request<V extends RpcVerb>(
    verb: V,
    question: RpcQuestion<V>,
    timeoutMs: number,
  ): Promise<RpcReply<V>> {
    if (!this.#connection.connected) throw new StoreUnavailable("the broker is away");
    try {
      const message = await this.#connection.request(subjects.rpc(verb), encodeFrame(question), {
        timeoutMs,
        headers: { [waitHeader]: String(timeoutMs) },
      });
      const reply = decodeObject(message.data);
      if (reply) return reply as unknown as RpcReply<V>;
    } catch (error) {
      throw new StoreUnavailable(`the persistence service does not answer ${verb}`, { cause: error });
    }
    throw new StoreUnavailable(`the persistence service answered ${verb} with something else than JSON`);
  }
}
