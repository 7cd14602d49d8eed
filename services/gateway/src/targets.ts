import { StoreAway, type SessionLog, type StoreClient } from "@natter/broker";
import { decodeObject, messageOf, promptedMessage, promptOf, type LogEvent } from "@natter/protocol";
import { Failure } from "./failure.ts";

interface Known {
  /** The user's message that the target is, or is an answer to. */
  readonly message: boolean;
  /** The prompt that the target answers; `true` if the target is no reply. */
  readonly prompt: boolean;
}

interface Stored extends Known {
  /** The answer is complete up to here; `undefined` with the store away. */
  readonly appliedSeq: number | undefined;
}

/** Events that are looked at with the store away. */
const mostEvents = 5_000;

/**
 * Whether what a stop, an edit, a deletion, a reaction or a regenerate is about exists. What is about nothing is
 * refused: anybody could append any number of them, and each would be kept for ever.
 */
export class Targets {
  readonly #log: SessionLog;
  readonly #store: StoreClient;

  constructor(parts: { log: SessionLog; store: StoreClient }) {
    this.#log = parts.log;
    this.#store = parts.store;
  }

  /**
   * @throws Failure `not_found` if there is no message or reply `target` in the session, `temporary` if that cannot be known
   * @throws LogUnreadable
   */
  async require(sessionId: string, target: string): Promise<void> {
    const [stored, last] = await Promise.all([this.#askStore(sessionId, target), this.#log.last(sessionId)]);
    const range = { after: stored.appliedSeq ?? 0, upTo: last?.seq ?? 0 };
    let known: Known = stored;
    let looked = 0;
    for await (const { bytes } of this.#log.read(sessionId, range)) {
      const event = decodeObject(bytes) as LogEvent | undefined;
      if (event) known = withEvent(known, event, target);
      if (++looked >= mostEvents && stored.appliedSeq === undefined) break;
    }
    if (known.message && known.prompt) return;
    if (stored.appliedSeq === undefined)
      throw new Failure("temporary", "It is not known now whether there is such a message");
    throw new Failure("not_found", "There is no such message in this session");
  }

  async #askStore(sessionId: string, target: string): Promise<Stored> {
    const promptId = promptOf(target);
    const question = {
      sessionId,
      messageId: messageOf(target),
      ...(promptId === undefined ? {} : { promptId }),
    };
    try {
      const { message, prompt, appliedSeq, epoch } = await this.#store.ask("target", question);
      return { message, prompt, appliedSeq: epoch === this.#log.epoch ? appliedSeq : 0 };
    } catch (error) {
      if (!(error instanceof StoreAway)) throw error;
      return { message: false, prompt: promptId === undefined, appliedSeq: undefined };
    }
  }
}

function withEvent(known: Known, event: LogEvent, target: string): Known {
  const promptId = promptOf(target);
  if (event.type === "session_deleted") return { message: false, prompt: promptId === undefined };
  return {
    message: known.message || (event.type === "message" && event.id === messageOf(target)),
    prompt: known.prompt || (event.id === promptId && promptedMessage(event) !== undefined),
  };
}
