import type { Conversation } from "./conversation.ts";

/** How far this person has read: said once, and again if it is not known to be stored. */
export class ReadMark {
  readonly #say: (messageId: string) => void;
  #wanted: string | undefined;
  #isStored = false;

  constructor(say: (messageId: string) => void) {
    this.#say = say;
  }

  set(messageId: string): void {
    if (messageId === this.#wanted) return;
    this.#wanted = messageId;
    this.#isStored = false;
    this.#say(messageId);
  }

  /** Its event came. */
  confirm(messageId: string): void {
    if (messageId === this.#wanted) this.#isStored = true;
  }

  resend(): void {
    if (this.#wanted !== undefined && !this.#isStored) this.#say(this.#wanted);
  }
}

/** Id of the last message or complete answer that is stored. */
export function lastStoredIn(conversation: Conversation): string | undefined {
  const last = conversation.keys.findLast((key) => {
    const message = conversation.message(key);
    return message?.kind === "answer" ? message.state === "complete" : message?.delivery === "stored";
  });
  return last === undefined ? undefined : conversation.message(last)?.id;
}
