import { ClosedError, ReplyError } from "../errors.ts";
import type { Ack, Reply, ReplyStep, Session } from "../session.ts";
import type { Answer } from "../snapshots.ts";
import { answerKeyOf } from "../timeline/turn.ts";
import { handled, nextChange } from "../observing/waiting.ts";

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
    void handled(this.sent.then(({ messageId }) => this.#session.stop(messageId)));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ReplyStep, void> {
    const { messageId } = await this.sent;
    const key = answerKeyOf(messageId);
    let shown = "";
    for (;;) {
      const answer = this.#session.getMessage(key);
      const { text = "", state, error } = answer?.kind === "answer" ? answer : ({} as Partial<Answer>);
      const { connection } = this.#session.getSnapshot();
      if (text !== shown) {
        yield { text, delta: text.startsWith(shown) ? text.slice(shown.length) : undefined };
        shown = text;
      } else if (error) throw new ReplyError(error.code, error.message);
      else if (state === "complete") return;
      else if (connection.state === "closed") throw connection.error ?? new ClosedError();
      else await nextChange(this.#session, key);
    }
  }
}
