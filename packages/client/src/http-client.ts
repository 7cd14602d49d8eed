import {
  type NatterError,
  NetworkError,
  RateLimitedError,
  RefusedError,
  UnauthorizedError,
  type NatterErrorCode,
} from "./errors.ts";

export interface HttpRequest {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** Who asks, and where. */
export interface HttpOptions {
  readonly url: string;
  readonly name?: string | undefined;
  readonly guestToken?: string | undefined;
  readonly getToken?: ((reason: { readonly refresh: boolean }) => string | Promise<string>) | undefined;
  readonly fetch: typeof fetch;
}

/** A request that is not answered so long will not be. */
const answerMs = 20_000;

/** The HTTP side of natter, and the addresses of the rest. */
export class HttpClient {
  name: string | undefined;
  readonly #options: HttpOptions;
  #guestToken: string | undefined;
  #refresh = false;

  constructor(options: HttpOptions) {
    this.#options = options;
    this.name = options.name;
    this.#guestToken = options.guestToken;
  }

  get guestToken(): string | undefined {
    return this.#guestToken;
  }

  /** What the server calls this guest, if it is not known by a cookie. */
  adoptGuest(token: string | undefined): void {
    if (this.#guestToken !== undefined && token !== undefined) this.#guestToken = token;
  }

  get canRefresh(): boolean {
    return this.#options.getToken !== undefined;
  }

  /** The next token is to be a new one. */
  refuseToken(): void {
    this.#refresh = true;
  }

  /** @throws NatterError */
  async json<T>(path: string, request: HttpRequest = {}): Promise<T> {
    const late = AbortSignal.timeout(answerMs);
    const signal = request.signal ? AbortSignal.any([request.signal, late]) : late;
    const answer = await this.fetch(path, { ...request, signal });
    try {
      return (answer.status === 204 ? undefined : await answer.json()) as T;
    } catch (error) {
      throw new NetworkError("The answer was cut or is not JSON", { cause: error });
    }
  }

  /** An answer whose status is good. @throws NatterError */
  async fetch(path: string, request: HttpRequest = {}): Promise<Response> {
    const answer = await this.#try(path, request);
    if (answer.status !== 401 || !this.canRefresh) return checked(answer);
    this.refuseToken();
    return checked(await this.#try(path, request));
  }

  async #try(path: string, { method, query, body, headers, signal }: HttpRequest): Promise<Response> {
    const token = await this.token();
    try {
      return await this.#options.fetch(this.address(path, query), {
        method: method ?? "GET",
        headers: {
          ...headers,
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      if (signal?.aborted && signal.reason?.name !== "TimeoutError") throw error;
      throw new NetworkError("The server was not reached", { cause: error });
    }
  }

  /** What says who asks; `undefined` if a cookie does. @throws NetworkError if there is none at the moment */
  async token(): Promise<string | undefined> {
    const { getToken } = this.#options;
    if (!getToken) return this.#guestToken;
    const refresh = this.#refresh;
    try {
      const token = await getToken({ refresh });
      if (refresh) this.#refresh = false;
      return token === "" ? undefined : token;
    } catch (error) {
      throw new NetworkError("getToken failed", { cause: error });
    }
  }

  /** Where to ask. The token is no part of it. */
  address(path: string, query: HttpRequest["query"] = {}): string {
    const url = new URL(path, this.#options.url);
    for (const [key, value] of Object.entries({ ...query, name: this.name }))
      if (value !== undefined && value !== "") url.searchParams.set(key, value);
    return url.href;
  }
}

export function sessionPath(sessionId: string): string {
  return `/api/sessions/${encodeURIComponent(sessionId)}`;
}

async function checked(answer: Response): Promise<Response> {
  if (answer.ok) return answer;
  const problem = (await answer.json().catch(() => ({}))) as {
    code?: NatterErrorCode;
    title?: string;
    temporary?: boolean;
  };
  const { status } = answer;
  const retryAfter = Number(answer.headers.get("retry-after") ?? Number.NaN);
  throw toError({
    code: problem.code ?? (status === 401 ? "unauthorized" : status < 500 ? "bad_request" : "temporary"),
    message: problem.title ?? `The server answered ${status}`,
    // What is no problem document came from something before natter, for example a proxy without a gateway.
    temporary: problem.temporary ?? (status >= 500 || status === 429),
    status,
    ...(Number.isNaN(retryAfter) ? {} : { retryAfterMs: retryAfter * 1_000 }),
  });
}

/** The class that fits the code. */
export function toError(said: {
  readonly code: NatterErrorCode;
  readonly message: string;
  readonly temporary: boolean;
  readonly retryAfterMs?: number;
  readonly status?: number;
}): NatterError {
  const Refusal =
    said.code === "unauthorized"
      ? UnauthorizedError
      : said.code === "rate_limited"
        ? RateLimitedError
        : RefusedError;
  return new Refusal(said.code, said.message, said);
}
