/** How far this person has read: said once, and again if it is not known to be stored. */
export class ReadMark {
  readonly #say: (messageId: string) => void;
  #wanted: string | undefined;
  /** What is wanted and not known to be stored. */
  #open: string | undefined;

  constructor(say: (messageId: string) => void) {
    this.#say = say;
  }

  set(messageId: string): void {
    if (messageId === this.#wanted) return;
    this.#wanted = messageId;
    this.#open = messageId;
    this.#say(messageId);
  }

  /** Its event came. */
  confirm(messageId: string): void {
    if (messageId === this.#open) this.#open = undefined;
  }

  resend(): void {
    if (this.#open !== undefined) this.#say(this.#open);
  }
}
