import type { ServerFrameOf } from "@natter/protocol/plain";
import type { NatterError } from "../errors.ts";
import { readEventStream, type StreamEvent, type StreamListener } from "./event-stream.ts";
import type { HttpClient } from "../http/http-client.ts";
import type { LinkEnd, LinkListener, LinkRequest, OpenLink } from "./link.ts";

/** Links that listen to server-sent events and say what they say over HTTP: for networks without WebSockets. */
export function eventStreamLinks(http: HttpClient): OpenLink {
  return async (request, listener) => new EventStreamLink(http, request, listener).listen(request.since);
}

class EventStreamLink implements StreamListener {
  readonly #http: HttpClient;
  readonly #path: string;
  readonly #signal: AbortSignal;
  readonly #listener: LinkListener;
  #wasOpen = false;
  /** Frames go one after another, as on a socket. */
  #sending: Promise<void> = Promise.resolve();

  constructor(http: HttpClient, { sessionId, signal }: LinkRequest, listener: LinkListener) {
    this.#http = http;
    this.#path = `/api/sessions/${encodeURIComponent(sessionId)}`;
    this.#signal = signal;
    this.#listener = listener;
    listener.begun((frame) => {
      this.#sending = this.#sending.then(() => this.#post(frame));
    });
  }

  async listen(since: string | undefined): Promise<void> {
    let answer: Response;
    try {
      const request = {
        query: { since },
        headers: { accept: "text/event-stream" },
        signal: this.#signal,
      };
      answer = await this.#http.fetch(`${this.#path}/events`, request);
    } catch (error) {
      return this.#end({ code: 1006, reason: "not opened", error: error as NatterError });
    }
    this.#wasOpen = true;
    try {
      if (answer.body) await readEventStream(answer.body, this);
      this.#end({ code: 1006, reason: "the stream ended" });
    } catch (error) {
      this.#end({ code: 1006, reason: String(error) });
    }
  }

  alive(): void {
    this.#listener.alive();
  }

  event({ type, data }: StreamEvent): void {
    if (type === "end") this.#end(JSON.parse(data) as { code: number; reason: string });
    else this.#listener.frame(data);
  }

  /** The answer, in the words of a socket. */
  async #post(frame: string): Promise<void> {
    if (this.#signal.aborted) return;
    const body = JSON.parse(frame) as { id?: string };
    try {
      const answer = await this.#http.json<object | undefined>(`${this.#path}/frames`, {
        method: "POST",
        body,
      });
      if (answer) this.#listener.frame(JSON.stringify(answer));
    } catch (error) {
      const { code, message, temporary, retryAfterMs } = error as NatterError;
      const refusal: Omit<ServerFrameOf<"error">, "code"> & { code: string } = {
        type: "error",
        // It may or may not have arrived, which is what `temporary` says.
        code: code === "network" ? "temporary" : code,
        message,
        temporary,
        ...(body.id === undefined ? {} : { id: body.id }),
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      };
      this.#listener.frame(JSON.stringify(refusal));
    }
  }

  #end(how: Omit<LinkEnd, "wasOpen">): void {
    this.#listener.closed({ ...how, wasOpen: this.#wasOpen });
  }
}
