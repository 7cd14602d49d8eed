import type { LogEvent, LogEventOf } from "@natter/protocol/plain";
import type { HttpClient } from "./http-client.ts";
import type { DetailsSnapshot } from "./snapshots.ts";

/** What is known of a session besides its messages: its title, its settings, and who has seen how much. */
export class SessionFacts {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #changed: () => void;
  #details: DetailsSnapshot = {};
  #readMarks: Readonly<Record<string, string>> = {};
  #isDeleted = false;
  #isLoaded = false;
  /** What changed while the details were asked for: it is later than the answer. */
  #later: DetailsSnapshot = {};

  constructor(http: HttpClient, sessionId: string, changed: () => void) {
    this.#http = http;
    this.#path = `/api/sessions/${encodeURIComponent(sessionId)}`;
    this.#changed = changed;
  }

  get details(): DetailsSnapshot {
    return this.#details;
  }

  get readMarks(): Readonly<Record<string, string>> {
    return this.#readMarks;
  }

  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /**
   * Asks for the details if they are not known, or not any more. If they are not to be had they are asked for
   * again with the next connection.
   */
  async load(isRecovered: boolean): Promise<void> {
    if (this.#isLoaded && isRecovered) return;
    this.#later = {};
    this.#isLoaded = false;
    try {
      this.#details = { ...detailsOf(await this.#http.json(this.#path)), ...this.#later };
      this.#isLoaded = true;
      this.#changed();
    } catch {
      // Not worth more than what waits for it.
    }
  }

  apply(event: LogEvent): void {
    if (event.type === "session_updated") {
      this.#later = { ...this.#later, ...detailsOf(event) };
      this.#details = { ...this.#details, ...this.#later };
    } else if (event.type === "read_receipt") {
      this.#readMarks = { ...this.#readMarks, [event.user.id]: event.messageId };
    } else if (event.type === "session_deleted") {
      this.#isDeleted = true;
      this.#details = {};
      this.#readMarks = {};
    } else if (event.type === "message") {
      // A session can be begun again under the same id.
      this.#isDeleted = false;
    }
  }
}

export function detailsOf(from: DetailsSnapshot | LogEventOf<"session_updated">): DetailsSnapshot {
  const { title, systemPrompt, model } = from;
  return {
    ...(title === undefined ? {} : { title }),
    ...(systemPrompt === undefined ? {} : { systemPrompt }),
    ...(model === undefined ? {} : { model }),
  };
}
