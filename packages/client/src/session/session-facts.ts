import { defined, type LogEvent, type LogEventOf, type ReadMark } from "@natter/protocol/plain";
import { sessionPath, type HttpClient } from "../http/http-client.ts";
import type { DetailsSnapshot, SessionSnapshot } from "../snapshots.ts";

/** By user id. */
type ReadMarks = SessionSnapshot["readMarks"];

/** What is known of a session besides its messages: its title, its settings, and who has seen how much. */
export class SessionFacts {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #changed: () => void;
  /** Where a message stands among those that are here; -1 if it is not. */
  readonly #placeOf: (messageId: string) => number;
  details: DetailsSnapshot = {};
  readMarks: ReadMarks = {};
  isDeleted = false;
  #isLoaded = false;
  /** What came while the details were asked for: it is later than the answer. */
  #later: LogEvent[] | undefined;

  constructor(
    http: HttpClient,
    sessionId: string,
    changed: () => void,
    placeOf: (messageId: string) => number,
  ) {
    this.#http = http;
    this.#path = sessionPath(sessionId);
    this.#changed = changed;
    this.#placeOf = placeOf;
  }

  /**
   * Asks for the details if they are not known, or not any more. If they are not to be had they are asked for
   * again with the next connection.
   */
  async load(isRecovered: boolean): Promise<void> {
    if (this.#isLoaded && isRecovered) return;
    const later: LogEvent[] = [];
    this.#later = later;
    this.#isLoaded = false;
    try {
      const loaded = await this.#http.json<DetailsSnapshot & { readMarks?: ReadMark[] }>(this.#path);
      // A later connection asked, too.
      if (this.#later !== later) return;
      this.details = detailsOf(loaded);
      this.readMarks = Object.fromEntries((loaded.readMarks ?? []).map((mark) => [mark.user.id, mark]));
      this.#isLoaded = true;
      for (const event of later) this.#take(event);
      this.#changed();
    } catch {
      // Not worth more than what waits for it.
    } finally {
      if (this.#later === later) this.#later = undefined;
    }
  }

  apply(event: LogEvent): void {
    this.#later?.push(event);
    this.#take(event);
  }

  #take(event: LogEvent): void {
    if (event.type === "session_updated") this.details = { ...this.details, ...detailsOf(event) };
    else if (event.type === "read_receipt") this.#mark(event);
    else if (event.type === "session_deleted") {
      this.isDeleted = true;
      this.details = {};
      this.readMarks = {};
    } else if (event.type === "message") {
      // A session can be begun again under the same id.
      this.isDeleted = false;
    }
  }

  /** A mark only moves forward. Of a message that is not here it cannot be told: the later mark counts. */
  #mark({ user, messageId }: ReadMark): void {
    const known = this.readMarks[user.id];
    const place = this.#placeOf(messageId);
    if (!known || place === -1 || place >= this.#placeOf(known.messageId))
      this.readMarks = { ...this.readMarks, [user.id]: { user, messageId } };
  }
}

export function detailsOf(from: DetailsSnapshot | LogEventOf<"session_updated">): DetailsSnapshot {
  const { title, systemPrompt, model, canDelete }: DetailsSnapshot = from;
  return defined({ title, systemPrompt, model, canDelete });
}
