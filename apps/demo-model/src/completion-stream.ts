import type { ServerResponse } from "node:http";
import type { LoggedRequest, RequestLog } from "./request-log.ts";
import type { Script } from "./script.ts";
import type { Ticker } from "./ticker.ts";

export interface StreamParts {
  readonly response: ServerResponse;
  readonly script: Script;
  readonly tokens: Iterator<string, void, undefined>;
  readonly includeUsage: boolean;
  readonly promptTokens: number;
  readonly request: LoggedRequest;
  readonly log: RequestLog;
  readonly ticker: Ticker;
}

/** Most tokens of one stream in one tick, so that a fast one does not starve the others. */
const burst = 64;
const keepAliveMs = 1_000;

/** One answer as server-sent events, at its own pace, up to its end or its fault. */
export class CompletionStream {
  readonly #parts: StreamParts;
  readonly #head: string;
  readonly #beginAt: number;
  readonly #thoughts: Iterator<string, void, undefined>;
  #sent = 0;
  #reasoned = 0;
  #held: Buffer = Buffer.alloc(0);
  #blocked = false;
  #keptAliveAt = 0;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    const created = Math.floor(Date.now() / 1_000);
    this.#head = `data: {"id":"demo-${parts.request.id}","object":"chat.completion.chunk","created":${created},"model":"demo","choices":[{"index":0,"delta":`;
    this.#beginAt = performance.now() + parts.script.lateMs;
    this.#thoughts = thoughtsInText(parts.script);
  }

  run(): void {
    const { response, ticker, log, request } = this.#parts;
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.flushHeaders();
    response.on("drain", () => (this.#blocked = false));
    response.on("close", () => {
      ticker.delete(this.#step);
      log.end(request, "aborted");
    });
    ticker.add(this.#step);
  }

  readonly #step = (now: number): boolean => {
    if (now < this.#beginAt || this.#blocked) return true;
    const { rate } = this.#parts.script;
    // Against the beginning and not against the last token, so that a late tick does not slow the stream down.
    const due =
      rate === 0 ? Number.POSITIVE_INFINITY : Math.floor(((now - this.#beginAt) * rate) / 1_000) + 1;
    for (let left = burst; left > 0 && this.#sent + this.#reasoned < due && !this.#blocked; left--) {
      if (!this.#advance(now)) return this.#isStalled();
    }
    return true;
  };

  /** One token, or the end. Returns whether there is more to come now. */
  #advance(now: number): boolean {
    const { script, tokens, request } = this.#parts;
    if (this.#reasoned < script.reasoning) {
      const thought = `thought ${++this.#reasoned} `;
      this.#delta({ reasoning_content: script.odd ? [{ type: "text", text: thought }] : thought });
      return true;
    }
    const { value: thought } = this.#thoughts.next();
    if (thought !== undefined) {
      this.#delta({ content: thought });
      return true;
    }
    if (script.fault && this.#sent >= script.fault.after) return this.#goWrong(script.fault.kind, now);
    const token = tokens.next();
    if (token.done) return this.#finish("stop");
    this.#sent++;
    request.sentTokens = this.#sent;
    this.#delta({ content: script.odd ? oddContent(token.value, this.#sent) : token.value });
    return true;
  }

  #isStalled(): boolean {
    return this.#parts.script.fault?.kind === "stall" && this.#sent >= this.#parts.script.fault.after;
  }

  #goWrong(kind: NonNullable<Script["fault"]>["kind"], now: number): boolean {
    const { response, script } = this.#parts;
    switch (kind) {
      case "stall":
        if (script.keepAlive && now - this.#keptAliveAt > keepAliveMs) {
          this.#keptAliveAt = now;
          response.write(": still here\n\n");
        }
        return false;
      case "reset":
        response.socket?.resetAndDestroy();
        break;
      case "error":
        this.#end(
          'data: {"error":{"message":"the demo model was told to fail","type":"server_error","code":"demo"}}\n\n',
        );
        break;
      case "badjson":
        this.#end("data: {this is not JSON\n\n");
        break;
      case "cut":
        this.#end("");
        break;
      case "length":
        return this.#finish("length");
    }
    this.#parts.log.end(this.#parts.request, "faulty");
    return false;
  }

  #finish(reason: "stop" | "length"): boolean {
    const { includeUsage, script, promptTokens, log, request } = this.#parts;
    let tail = `${this.#head}{},"finish_reason":"${reason}"}]}\n\n`;
    if (includeUsage && script.usage) {
      const usage = {
        prompt_tokens: promptTokens,
        completion_tokens: this.#sent,
        total_tokens: promptTokens + this.#sent,
      };
      tail += `data: ${JSON.stringify({ id: `demo-${request.id}`, object: "chat.completion.chunk", created: 0, model: "demo", choices: [], usage })}\n\n`;
    }
    log.end(request, "finished");
    if (script.open) this.#parts.response.write(this.#withHeld(tail));
    else this.#end(`${tail}data: [DONE]\n\n`);
    return false;
  }

  #delta(delta: { content: unknown } | { reasoning_content: unknown }): void {
    this.#write(`${this.#head}${JSON.stringify(delta)},"finish_reason":null}]}\n\n`);
  }

  #write(text: string): void {
    const { response, script } = this.#parts;
    if (!script.split) {
      if (!response.write(text)) this.#blocked = true;
      return;
    }
    // Everything up to the middle of the last character that has more than one byte; the rest comes later.
    const bytes = Buffer.concat([this.#held, Buffer.from(text)]);
    const cut = bytes.findLastIndex((byte) => byte >= 0x80);
    const end = cut === -1 ? bytes.length : cut;
    this.#held = bytes.subarray(end);
    if (!response.write(bytes.subarray(0, end))) this.#blocked = true;
  }

  #end(tail: string): void {
    this.#parts.response.end(this.#withHeld(tail));
  }

  #withHeld(tail: string): Buffer {
    return Buffer.concat([this.#held, Buffer.from(tail)]);
  }
}

/** What stands before the answer in one text with it. */
function* thoughtsInText({ think }: Script): Generator<string, void, undefined> {
  if (!think) return;
  if (think.tags === "both") yield "<think>";
  for (let number = 1; number <= think.tokens; number++) yield `thought ${number} `;
  yield "</think>\n\n";
}

/** Each token in another shape, which says the same. */
function oddContent(token: string, turn: number): unknown {
  // A number of JSON loses digits where it is too large.
  if (/^[1-9]\d*$/.test(token) && Number.isSafeInteger(Number(token))) return Number(token);
  return turn % 2 === 0 ? token : [{ type: "text", text: token }];
}
