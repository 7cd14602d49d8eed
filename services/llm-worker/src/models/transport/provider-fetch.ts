/** How requests reach the provider: undici behind the `fetch` option of the SDK, with no time limit of its own. */
import { pipeline, type Readable } from "node:stream";
import { createBrotliDecompress, createInflate, createUnzip, createZstdDecompress } from "node:zlib";
import { behind, isObject, parseJson, toLogText } from "../json.ts";
import { Agent, EnvHttpProxyAgent, request, type Dispatcher } from "undici";

export interface ProxySettings {
  readonly http: string | undefined;
  readonly https: string | undefined;
  readonly noProxy: string | undefined;
}

/**
 * An answer whose body is read from `bytes`: a web stream would cost more than all of the reading. The SDK looks at status and
 * headers, and at `body` only if the request was refused.
 */
export class ByteResponse extends Response {
  readonly bytesRead: Readable;

  constructor(bytesRead: Readable, init: ResponseInit) {
    super(null, init);
    this.bytesRead = bytesRead;
  }
}

const maxRefusalBytes = 65_536;
const refusalMs = 2_000;
/** No time limits here: the settings of a reply limit how long a provider may take. */
const noTimeLimits = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 }, allowH2: false } as const;

export type ProviderFetch = (url: unknown, init?: RequestInit) => Promise<Response>;

export function createProviderFetch(baseUrl: string | undefined, proxy: ProxySettings): ProviderFetch {
  const dispatcher = createDispatcher(baseUrl, proxy);
  return async (url, init = {}) => {
    const { statusCode, headers, body } = await request(String(url), {
      dispatcher,
      method: init.method ?? "GET",
      headers: { "accept-encoding": "identity", ...Object.fromEntries(new Headers(init.headers)) },
      body: init.body as string | null,
      signal: init.signal ?? null,
    });
    const bytes = decompressed(body, headers["content-encoding"]);
    // A reader of the body has a listener of its own. A body that is closed without a reader needs this one.
    bytes.on("error", () => undefined);
    const answer = { status: statusCode, headers: toHeaders(headers) };
    if (statusCode >= 200 && statusCode < 300) return new ByteResponse(bytes, answer);
    const text = isRedirection(statusCode)
      ? `leads to ${String(headers["location"])}: a conversation is not sent elsewhere, set OPENAI_BASE_URL to the right address`
      : await readText(bytes, maxRefusalBytes);
    if (isRedirection(statusCode)) bytes.destroy();
    // An unknown status does not come from a provider but from another program.
    const status = isRedirection(statusCode)
      ? 404
      : statusCode >= 400 && statusCode <= 599
        ? statusCode
        : 502;
    return new Response(JSON.stringify(asErrorBody(text)), { status, headers: answer.headers });
  };
}

function isRedirection(status: number): boolean {
  return status >= 300 && status <= 399;
}

function createDispatcher(baseUrl: string | undefined, { http, https, noProxy }: ProxySettings): Dispatcher {
  const proxy = baseUrl?.startsWith("http:") ? http : https;
  if (proxy === undefined) return new Agent(noTimeLimits);
  return new EnvHttpProxyAgent({
    ...noTimeLimits,
    httpProxy: proxy,
    httpsProxy: proxy,
    noProxy: noProxy ?? "",
  });
}

/** The SDK reads `error.message` of a JSON body. Servers have many other places for their message. */
function asErrorBody(text: string): { error: object } {
  const value = parseJson(text);
  const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
  if (!isObject(first)) return { error: { message: text } };
  const { error } = first;
  if (isObject(error) && typeof error["message"] === "string")
    return { error: { ...error, message: error["message"] + behind(error) } };
  return { error: { message: typeof error === "string" ? error : toLogText(first) } };
}

function decompressed(body: Readable, encoding: string | string[] | undefined): Readable {
  const decoder = decoderOf(String(encoding ?? "").toLowerCase());
  if (!decoder) return body;
  // If one of the two ends, the other one ends as well. The decoder's own event reports the reason.
  return pipeline(body, decoder, () => undefined);
}

function decoderOf(encoding: string): ReturnType<typeof createUnzip> | undefined {
  if (encoding === "gzip" || encoding === "x-gzip") return createUnzip();
  if (encoding === "deflate") return createInflate();
  if (encoding === "br") return createBrotliDecompress();
  return encoding === "zstd" ? createZstdDecompress() : undefined;
}

function toHeaders(fields: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(fields)) {
    for (const value of [values ?? []].flat()) {
      try {
        headers.append(name, value);
      } catch {
        // The worker needs no header that the standard does not allow.
      }
    }
  }
  return headers;
}

/** The part of the text that comes soon. A part that cannot be read is left out, because the status says the most. */
async function readText(body: Readable, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const late = setTimeout(() => body.destroy(), refusalMs);
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maxBytes) break;
    }
  } catch {
    // The connection broke.
  } finally {
    clearTimeout(late);
  }
  return Buffer.concat(chunks).toString("utf8", 0, maxBytes);
}
