import type { LogEvent, LogEventOf, ReadMark } from "@natter/protocol/plain";
import { sessionPath, type HttpClient } from "./http-client.ts";
import type { DetailsSnapshot, SessionSnapshot } from "./snapshots.ts";

/** By user id. */
type ReadMarks = SessionSnapshot["readMarks"];

export interface FactsListener {
  changed(): void;
  /** Where a message stands among those that are here; -1 if it is not. */
  placeOf(messageId: string): number;
}

/** What is known of a session besides its messages: its title, its settings, and who has seen how much. */
export class SessionFacts {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #listener: FactsListener;
  #details: DetailsSnapshot = {};
  #readMarks: ReadMarks = {};
  #isDeleted = false;
  #isLoaded = false;
  /** What changed while the details were asked for: it is later than the answer. */
  #later: DetailsSnapshot = {};
  #laterMarks: ReadMarks = {};

  constructor(http: HttpClient, sessionId: string, listener: FactsListener) {
    this.#http = http;
    this.#path = sessionPath(sessionId);
    this.#listener = listener;
  }

  get details(): DetailsSnapshot {
    return this.#details;
  }

  get readMarks(): ReadMarks {
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
    this.#laterMarks = {};
    this.#isLoaded = false;
    try {
      const loaded = await this.#http.json<DetailsSnapshot & { readMarks?: ReadMark[] }>(this.#path);
      this.#details = { ...detailsOf(loaded), ...this.#later };
      const marks = (loaded.readMarks ?? []).map((mark) => [mark.user.id, mark] as const);
      this.#readMarks = this.#forward(Object.fromEntries(marks), Object.values(this.#laterMarks));
      this.#isLoaded = true;
      this.#listener.changed();
    } catch {
      // Not worth more than what waits for it.
    }
  }

  apply(event: LogEvent): void {
    if (event.type === "session_updated") {
      this.#later = { ...this.#later, ...detailsOf(event) };
      this.#details = { ...this.#details, ...this.#later };
    } else if (event.type === "read_receipt") {
      const { user, messageId } = event;
      const marks = [{ user, messageId }];
      this.#laterMarks = this.#forward(this.#laterMarks, marks);
      this.#readMarks = this.#forward(this.#readMarks, marks);
    } else if (event.type === "session_deleted") {
      this.#isDeleted = true;
      this.#details = {};
      this.#readMarks = {};
      this.#laterMarks = {};
    } else if (event.type === "message") {
      // A session can be begun again under the same id.
      this.#isDeleted = false;
    }
  }

  /** A mark only moves forward. Of a message that is not here it cannot be told: the later mark counts. */
  #forward(marks: ReadMarks, later: readonly ReadMark[]): ReadMarks {
    const placeOf = (messageId: string): number => this.#listener.placeOf(messageId);
    const moved = later.filter(({ user, messageId }) => {
      const known = marks[user.id];
      const place = placeOf(messageId);
      return !known || place === -1 || place >= placeOf(known.messageId);
    });
    if (moved.length === 0) return marks;
    return { ...marks, ...Object.fromEntries(moved.map((mark) => [mark.user.id, mark] as const)) };
  }
}

const detailNames: ReadonlySet<string> = new Set(["title", "systemPrompt", "model", "canDelete"]);

export function detailsOf(from: DetailsSnapshot | LogEventOf<"session_updated">): DetailsSnapshot {
  const known = Object.entries(from).filter(([name]) => detailNames.has(name));
  return Object.fromEntries(known) as DetailsSnapshot;
}
