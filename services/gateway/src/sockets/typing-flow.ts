import { timings } from "@natter/protocol";

export interface TypingFlowOutputs {
  /** To everybody in the session. */
  say(isTyping: boolean): void;
  /** Nothing was said for a while. */
  idle?(): void;
}

/**
 * What one client says of its typing goes to every reader of the session. The first word goes at once, later ones at
 * most once in `typingMs`, and of those in between only the last one.
 */
export class TypingFlow {
  readonly #outputs: TypingFlowOutputs;
  #said: boolean | undefined;
  #waiting: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(outputs: TypingFlowOutputs) {
    this.#outputs = outputs;
  }

  add(isTyping: boolean): void {
    if (this.#timer) this.#waiting = isTyping;
    else this.#say(isTyping);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = undefined;
  }

  #say(isTyping: boolean): void {
    this.#said = isTyping;
    this.#waiting = undefined;
    this.#timer = setTimeout(this.#next, timings.typingMs);
    this.#outputs.say(isTyping);
  }

  readonly #next = (): void => {
    this.#timer = undefined;
    const waiting = this.#waiting;
    // That somebody goes on typing is news again and again, that they do not type is news once.
    if (waiting !== undefined && (waiting || this.#said)) this.#say(waiting);
    else this.#outputs.idle?.();
  };
}
