import type { ServerFrameOf } from "@natter/protocol/plain";
import { toNatterError } from "./errors.ts";
import { readEventStream } from "./event-stream.ts";
import type { HttpClient } from "./http-client.ts";
import type { Link, LinkListener, OpenLink } from "./link.ts";
import { codes } from "./wire-constants.ts";

/** Links that listen to server-sent events and say what they say over HTTP: for networks without WebSockets. */
export function eventStreamLinks(http: HttpClient): OpenLink {
  return (sessionId, since, listener) => new EventStreamLink(http, { sessionId, since, listener });
}

class EventStreamLink implements Link {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #abort = new AbortController();
  #listener: LinkListener | undefined;
  #wasOpen = false;
  /** Frames go one after another, as on a socket. */
  #sending: Promise<void> = Promise.resolve();

  constructor(
    http: HttpClient,
    request: { sessionId: string; since: string | undefined; listener: LinkListener },
  ) {
    this.#http = http;
    this.#path = `/api/sessions/${encodeURIComponent(request.sessionId)}`;
    this.#listener = request.listener;
    void this.#listen(request.since);
  }

  send(frame: string): void {
    this.#sending = this.#sending.then(() => this.#post(frame));
  }

  close(): void {
    this.#listener = undefined;
    this.#abort.abort();
  }

  async #listen(since: string | undefined): Promise<void> {
    const { signal } = this.#abort;
    try {
      const { body } = await this.#http.fetch(`${this.#path}/events`, { query: { since }, signal });
      this.#wasOpen = true;
      if (!body) return this.#end(1006, "no body");
      await readEventStream(body, {
        alive: () => this.#listener?.alive(),
        event: ({ type, data }) => {
          if (type !== "end") return this.#listener?.frame(data);
          const { code, reason } = JSON.parse(data) as { code: number; reason: string };
          this.#end(code, reason);
        },
      });
      this.#end(1006, "the stream ended");
    } catch (error) {
      const { code } = toNatterError(error);
      const isFinal = code === "unauthorized" || code === "forbidden" || code === "bad_session";
      this.#end(isFinal ? codes[code] : 1006, isFinal ? code : String(error));
    }
  }

  /** The answer, in the words of a socket. */
  async #post(frame: string): Promise<void> {
    if (!this.#listener) return;
    const body = JSON.parse(frame) as { id?: string };
    try {
      const answer = await this.#http.json<object | undefined>(`${this.#path}/frames`, {
        method: "POST",
        body,
      });
      if (answer) this.#listener?.frame(JSON.stringify(answer));
    } catch (error) {
      const { code, message, temporary, retryAfterMs } = toNatterError(error);
      const refusal: Omit<ServerFrameOf<"error">, "code"> & { code: string } = {
        type: "error",
        // It may or may not have arrived, which is what `temporary` says.
        code: code === "network" ? "temporary" : code,
        message,
        temporary,
        ...(body.id === undefined ? {} : { id: body.id }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
      this.#listener?.frame(JSON.stringify(refusal));
    }
  }

  #end(code: number, reason: string): void {
    const listener = this.#listener;
    this.close();
    listener?.closed({ code, reason, wasOpen: this.#wasOpen });
  }
}
