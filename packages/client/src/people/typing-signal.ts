/** Never more often. */
const leastMs = 500;
/** Said again while it goes on: who hears nothing for 5 s thinks that it is over. */
const againMs = 2_000;
const overMs = 3_000;

/** Tells the others that this person types, from the keys: seldom, and not for ever. */
export class TypingSignal {
  readonly #send: (frame: object) => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isSaid = false;
  #saidAt = -Infinity;

  constructor(send: (frame: object) => void) {
    this.#send = send;
  }

  key(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.stop(), overMs);
    if (Date.now() - this.#saidAt >= (this.#isSaid ? againMs : leastMs)) this.#tell(true);
  }

  stop(): void {
    clearTimeout(this.#timer);
    if (this.#isSaid) this.#tell(false);
  }

  #tell(isTyping: boolean): void {
    this.#isSaid = isTyping;
    this.#saidAt = Date.now();
    this.#send({ type: "typing", isTyping });
  }
}
