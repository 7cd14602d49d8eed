import { timings } from "@natter/protocol";
import type { Author } from "./frame-dispatch.ts";

export interface TypingFlowOutputs {
  publish(isTyping: boolean): void;
  /** Nothing waits, and `typingMs` have passed since the last `publish`. */
  onIdle?(): void;
}

/**
 * The typing state of one client. The first change is published at once, later ones at most once in `typingMs`, and of
 * those in between only the last one.
 */
export class TypingFlow {
  readonly #outputs: TypingFlowOutputs;
  #published: boolean | undefined;
  #waiting: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(outputs: TypingFlowOutputs) {
    this.#outputs = outputs;
  }

  add(isTyping: boolean): void {
    if (this.#timer) this.#waiting = isTyping;
    else this.#publish(isTyping);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#waiting = undefined;
  }

  #publish(isTyping: boolean): void {
    this.#published = isTyping;
    this.#waiting = undefined;
    this.#timer = setTimeout(this.#next, timings.typingMs);
    this.#outputs.publish(isTyping);
  }

  readonly #next = (): void => {
    this.#timer = undefined;
    const waiting = this.#waiting;
    // "Still typing" is published each time, because clients forget it after a while. "Stopped" is published once.
    if (waiting !== undefined && (waiting || this.#published)) this.#publish(waiting);
    else this.#outputs.onIdle?.();
  };
}

/** Typing states of clients without a socket, by session and user. An idle one is forgotten. */
export class TypingFlows {
  readonly #publish: (author: Author, isTyping: boolean) => void;
  readonly #flows = new Map<string, TypingFlow>();

  constructor(publish: (author: Author, isTyping: boolean) => void) {
    this.#publish = publish;
  }

  add(author: Author, isTyping: boolean): void {
    const key = `${author.sessionId} ${author.user.id}`;
    const flow = this.#flows.get(key) ?? this.#open(key, author);
    flow.add(isTyping);
  }

  #open(key: string, author: Author): TypingFlow {
    const flow = new TypingFlow({
      publish: (isTyping) => this.#publish(author, isTyping),
      onIdle: () => this.#flows.delete(key),
    });
    this.#flows.set(key, flow);
    return flow;
  }
}
