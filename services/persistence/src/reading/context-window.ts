import { fitMessage, jsonBytes, limits, type PageMessage } from "@natter/protocol";
import { withoutReactions, withoutReasoning } from "../store/message-content.ts";

/** Below the size of a page, since `details` goes into the same answer. */
const contextBytes = 700 * 1024;
/** The largest answer with what belongs to it. A message that was answered has the rest. */
const answerBytes = limits.replyTextBytes + 16 * 1024;
const messageBytes = contextBytes - answerBytes;

/** Collects what the model is told, newest first, until there is enough. */
export class ContextWindow {
  readonly #target: string;
  readonly #groups: PageMessage[][] = [];
  #textBytesLeft: number;
  #jsonBytesLeft = Math.min(contextBytes, limits.pageBytes);
  #full = false;

  constructor(target: string, textBytes: number) {
    this.#target = target;
    this.#textBytesLeft = textBytes;
  }

  get full(): boolean {
    return this.#full;
  }

  /** Whether the message has anything to be told with it. What the one to answer was told before is no part of the question. */
  wantsAnswerTo(message: PageMessage): boolean {
    return !this.#full && message.deletedAt === undefined && message.id !== this.#target;
  }

  /** Of a user's message, later ones first. `answer` is its latest context answer. */
  add(message: PageMessage, answer: PageMessage | undefined): void {
    if (this.#full || message.deletedAt !== undefined) return;
    const group = [fitMessage(withoutReactions(message), messageBytes)];
    if (answer) group.push(fitMessage(withoutReactions(withoutReasoning(answer)), answerBytes));
    const size = group.reduce((sum, part) => sum + jsonBytes(part) + 1, 0);
    if (size > this.#jsonBytesLeft && this.#groups.length > 0) {
      this.#full = true;
      return;
    }
    this.#groups.push(group);
    this.#jsonBytesLeft -= size;
    this.#textBytesLeft -= group.reduce((sum, part) => sum + Buffer.byteLength(part.message), 0);
    if (this.#textBytesLeft <= 0 || this.#jsonBytesLeft <= 0) this.#full = true;
  }

  /** Ascending. */
  messages(): PageMessage[] {
    return this.#groups.toReversed().flat();
  }
}
