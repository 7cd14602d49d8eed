import { defined } from "@natter/protocol/plain";
import { base64Url } from "./base64-url.ts";
import type { ClientOptions } from "../client.ts";
import { NetworkError, toError, type NatterErrorCode } from "../errors.ts";

export interface HttpRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: object;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A request without an answer for this long has failed. */
const answerMs = 20_000;

/** The HTTP side of natter, and the addresses of the rest. */
export class HttpClient {
  /** The name that others see. */
  name: string | undefined;
  /** Identifies a guest who has no cookie. */
  guestToken: string | undefined;
  readonly getToken: ClientOptions["getToken"];
  readonly #url: string;
  readonly #options: ClientOptions;
  /** Whether the next request needs a new token. */
  refresh = false;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
    this.name = options.name;
    this.getToken = options.getToken;
    this.guestToken =
      options.guestToken ?? (this.getToken || hasCookies(url) ? undefined : createGuestToken());
  }

  /** @throws NatterError */
  async json<T>(path: string, request: HttpRequest = {}): Promise<T> {
    const signals = [AbortSignal.timeout(answerMs), ...(request.signal ? [request.signal] : [])];
    const answer = await this.fetch(path, { ...request, signal: AbortSignal.any(signals) });
    try {
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    } catch (error) {
      throw new NetworkError("The answer is not JSON", { cause: error });
    }
  }

  /** An answer whose status is good. @throws NatterError */
  async fetch(path: string, request: HttpRequest = {}): Promise<Response> {
    const answer = await this.#try(path, request);
    if (answer.status !== 401 || !this.getToken) return checked(answer);
    this.refresh = true;
    return checked(await this.#try(path, request));
  }

  async #try(path: string, request: HttpRequest): Promise<Response> {
    const { method = "GET", query, body, headers, signal } = request;
    const token = await this.token();
    // A browser's `fetch` throws if it is called as a method of another object, so this is no call on the options.
    const { fetch: ask = globalThis.fetch } = this.#options;
    try {
      return await ask(this.url(path, query), {
        method,
        headers: defined({
          ...headers,
          authorization: token && `Bearer ${token}`,
          "content-type": body ? "application/json" : undefined,
        }),
        body: body ? JSON.stringify(body) : null,
        signal: signal ?? null,
      });
    } catch (error) {
      if (signal?.aborted && signal.reason?.name !== "TimeoutError") throw error;
      throw new NetworkError("The server was not reached", { cause: error });
    }
  }

  /** The token that identifies the caller; `undefined` if a cookie does. @throws NetworkError if the application has no token now */
  async token(): Promise<string | undefined> {
    const { getToken, refresh } = this;
    if (!getToken) return this.guestToken;
    try {
      const token = await getToken({ refresh });
      if (refresh) this.refresh = false;
      return token || undefined;
    } catch (error) {
      throw new NetworkError("getToken failed", { cause: error });
    }
  }

  /** The address of a request. It never holds the token. */
  url(path: string, query: HttpRequest["query"] = {}): string {
    const url = new URL(path, this.#url);
    for (const [key, value] of Object.entries({ ...query, name: this.name }))
      if (value) url.searchParams.set(key, value);
    return url.href;
  }
}

export function sessionPath(sessionId: string): string {
  return `/api/sessions/${encodeURIComponent(sessionId)}`;
}

async function checked(answer: Response): Promise<Response> {
  const { ok, status, headers } = answer;
  if (ok) return answer;
  // Another program answered, for example a proxy that does not reach a gateway.
  const isAway = status >= 500;
  const {
    code = status === 401 ? "unauthorized" : isAway ? "temporary" : "bad_request",
    title: message = `The server answered ${status}`,
    temporary = isAway || status === 429,
  } = (await answer.json().catch(() => ({}))) as Problem;
  const retryAfterMs = Number(headers.get("retry-after") ?? Number.NaN) * 1_000;
  throw toError({
    code,
    message,
    temporary,
    status,
    retryAfterMs: retryAfterMs >= 0 ? retryAfterMs : undefined,
  });
}

interface Problem {
  readonly code?: NatterErrorCode;
  readonly title?: string;
  readonly temporary?: boolean;
}

/** Whether a cookie can identify a guest: the server has to be the one that the page came from. */
function hasCookies(url: string): boolean {
  return globalThis.location !== undefined && new URL(url).origin === globalThis.location.origin;
}

/** Made before the first answer comes, so that all requests of the first moment are of one guest. */
function createGuestToken(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(24)));
}
