import { ClosedError, ReplyError } from "./errors.ts";
import type { Ack, Reply, ReplyStep, Session } from "./session.ts";
import { answerKeyOf } from "./turn.ts";
import { nextChange } from "./waiting.ts";

/** The answer to a message that is on its way. */
export class ReplyStream implements Reply {
  readonly sent: Promise<Ack>;
  readonly #session: Session;

  constructor(session: Session, sent: Promise<Ack>) {
    this.#session = session;
    this.sent = sent;
  }

  async text(): Promise<string> {
    let whole = "";
    for await (const { text } of this) whole = text;
    return whole;
  }

  stop(): void {
    void this.sent.then(
      ({ messageId }) => this.#session.stop(messageId),
      () => undefined,
    );
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReplyStep, void> {
    const { messageId } = await this.sent;
    const key = answerKeyOf(messageId);
    let shown = "";
    for (;;) {
      const answer = this.#session.getMessage(key);
      const { connection } = this.#session.getSnapshot();
      if (answer?.kind === "answer") {
        const { text, state, error } = answer;
        if (text !== shown) {
          yield { text, delta: text.startsWith(shown) ? text.slice(shown.length) : undefined };
          shown = text;
          continue;
        }
        if (error) throw new ReplyError(error.code, error.message);
        if (state === "complete") return;
      }
      if (connection.state === "closed") throw connection.error ?? new ClosedError();
      await nextChange(this.#session, key);
    }
  }
}
