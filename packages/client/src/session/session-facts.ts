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
  /** The place of a message in the loaded part of the timeline; -1 if the message is not loaded. */
  readonly #placeOf: (messageId: string) => number;
  details: DetailsSnapshot = {};
  readMarks: ReadMarks = {};
  isDeleted = false;
  #isLoaded = false;
  /** Events that came while a request for the details was running. They are later than its answer. */
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
   * Requests the details, unless the client has had every event since the last answer. After a failure the next connection
   * requests them again.
   */
  async load(isRecovered: boolean): Promise<void> {
    if (this.#isLoaded && isRecovered) return;
    const later: LogEvent[] = [];
    this.#later = later;
    this.#isLoaded = false;
    try {
      const loaded = await this.#http.json<DetailsSnapshot & { readMarks?: ReadMark[] }>(this.#path);
      // A later connection has sent a request of its own.
      if (this.#later !== later) return;
      this.details = detailsOf(loaded);
      this.readMarks = Object.fromEntries((loaded.readMarks ?? []).map((mark) => [mark.user.id, mark]));
      this.#isLoaded = true;
      for (const event of later) this.#take(event);
      this.#changed();
    } catch {
      // Without details the session is still usable, so this is no error for the caller.
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

  /** A mark only moves forward. If its message is not loaded, nobody can compare the places, and the mark that came last counts. */
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
