export type Outcome = "running" | "finished" | "aborted" | "failed" | "faulty";

/** What happened to one request; tests and fault scripts read it at `/demo/requests`. */
export interface LoggedRequest {
  readonly id: number;
  readonly startedAt: string;
  endedAt: string | null;
  readonly lastUserMessage: string;
  sentTokens: number;
  outcome: Outcome;
}

const keptRequests = 10_000;

export class RequestLog {
  readonly #requests: LoggedRequest[] = [];
  readonly #seen = new Map<string, number>();
  #lastId = 0;

  begin(lastUserMessage: string): LoggedRequest {
    const request: LoggedRequest = {
      id: ++this.#lastId,
      startedAt: new Date().toISOString(),
      endedAt: null,
      lastUserMessage,
      sentTokens: 0,
      outcome: "running",
    };
    this.#requests.push(request);
    if (this.#requests.length > keptRequests) this.#requests.shift();
    this.#seen.set(lastUserMessage, this.timesSeen(lastUserMessage) + 1);
    if (this.#seen.size > keptRequests) this.#seen.delete(this.#seen.keys().next().value ?? "");
    return request;
  }

  /** How often a message was asked, this time included. */
  timesSeen(lastUserMessage: string): number {
    return this.#seen.get(lastUserMessage) ?? 0;
  }

  end(request: LoggedRequest, outcome: Outcome): void {
    if (request.endedAt !== null) return;
    request.endedAt = new Date().toISOString();
    request.outcome = outcome;
  }

  all(): readonly LoggedRequest[] {
    return this.#requests;
  }
}
