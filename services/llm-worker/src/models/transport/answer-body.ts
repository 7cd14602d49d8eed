/** From the bytes of an answer to its events, whatever kind of document the provider sends. */
import { addAbortListener } from "node:events";
import type { Readable } from "node:stream";
import { ModelFailure, refusalOf } from "../provider-failure.ts";
import type { Redaction } from "../redaction.ts";
import { EventStreamReader, EventTooLarge, type ServerSentEvent } from "./event-stream.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

/** What an API makes of its events. */
export interface AnswerReader {
  /** One event of the stream. @param name what stands after `event:`, or empty */
  onEvent(value: JsonObject, name: string): void;
  /** The whole answer as one document, though a stream was asked for. */
  onDocument(value: JsonObject): void;
  /** Whether `value` is an event of this API, and no error without a name. */
  isEvent(value: JsonObject): boolean;
  /** The model said that it is done. More may follow, such as the usage. */
  readonly hasEnd: boolean;
}

/** How the bytes ended. `done`: the provider said `[DONE]`, or had nothing to add after the model's end. */
export type BodyEnd = "done" | "ended";

/** After the model's end; servers that keep the connection open then have nothing to say. */
const graceMs = 1_000;
const mostAnswerBytes = 64 * 1_048_576;
const shownBytes = 1_024;
const mostDocumentBytes = 16 * 1_048_576;

/**
 * Hands every event to `reader`, in the turn in which its last byte came.
 *
 * @throws ModelFailure for an error that the provider says, for what is no answer, and `cut` for a connection that breaks
 */
export async function readAnswer(
  response: { readonly bytesRead: Readable; readonly headers: Headers },
  reader: AnswerReader,
  { signal, redaction }: { signal: AbortSignal; redaction: Redaction },
): Promise<BodyEnd> {
  const parser = new AnswerParser(response.headers.get("content-type") ?? "", reader, redaction);
  try {
    return await readBytes(response.bytesRead, parser, signal);
  } catch (error) {
    if (error instanceof EventTooLarge)
      throw new ModelFailure("provider", "sent an event that is too large", {
        retryable: false,
        cause: error,
      });
    throw error;
  }
}

/** One promise for a whole answer, and none for its parts. */
async function readBytes(body: Readable, parser: AnswerParser, signal: AbortSignal): Promise<BodyEnd> {
  let grace: NodeJS.Timeout | undefined;
  /** Comments that keep a connection alive do not count. */
  let eventsAtGrace = -1;
  let aborting: Disposable | undefined;
  try {
    return await new Promise<BodyEnd>((resolve, reject) => {
      const cut = (cause: unknown): void => {
        if (parser.hasEnd) resolve("ended");
        else reject(new ModelFailure("cut", "the connection broke", { retryable: true, cause }));
      };
      const attempt = (work: () => void): void => {
        try {
          work();
        } catch (error) {
          reject(error);
        }
      };
      aborting = addAbortListener(signal, () => cut(signal.reason));
      body.on("error", cut);
      body.on("close", () => cut(undefined));
      body.on("end", () =>
        attempt(() => {
          parser.end();
          resolve(parser.isDone ? "done" : "ended");
        }),
      );
      body.on("data", (bytes: Buffer) =>
        attempt(() => {
          parser.push(bytes);
          if (parser.isDone) return resolve("done");
          if (!parser.hasEnd || parser.events === eventsAtGrace) return;
          eventsAtGrace = parser.events;
          clearTimeout(grace);
          grace = setTimeout(() => resolve("done"), graceMs);
        }),
      );
    });
  } finally {
    clearTimeout(grace);
    aborting?.[Symbol.dispose]();
    letGo(body, parser.isDone && !signal.aborted);
  }
}

/** A connection whose answer is over can carry the next one; every other one is closed. */
function letGo(body: Readable, isOver: boolean): void {
  body.removeAllListeners("data").removeAllListeners("end").removeAllListeners("close");
  body.on("error", () => undefined);
  if (!isOver || body.readableEnded) return void body.destroy();
  const timer = setTimeout(() => body.destroy(), graceMs);
  timer.unref();
  body.on("close", () => clearTimeout(timer)).resume();
}

/** Tells events, documents and other things apart by their type and first byte. */
class AnswerParser {
  readonly #reader: AnswerReader;
  readonly #redaction: Redaction;
  readonly #contentType: string;
  readonly #events: EventStreamReader;
  #kind: "unknown" | "events" | "document" = "unknown";
  #document: Buffer[] = [];
  #bytes = 0;
  /** Of what may turn out to be no stream. */
  #beginning = "";
  /** How many have come. */
  events = 0;
  /** What comes now has no end of its own. */
  #isAtEnd = false;
  isDone = false;

  constructor(contentType: string, reader: AnswerReader, redaction: Redaction) {
    this.#contentType = contentType.toLowerCase();
    this.#reader = reader;
    this.#redaction = redaction;
    this.#events = new EventStreamReader((event) => this.#onEvent(event));
    if (this.#contentType.includes("event-stream")) this.#kind = "events";
  }

  get hasEnd(): boolean {
    return this.#reader.hasEnd;
  }

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#kind === "unknown") {
      this.#kind = kindOf(bytes);
      this.#beginning = bytes.toString("utf8", 0, shownBytes);
    }
    if (this.#bytes > (this.#kind === "document" ? mostDocumentBytes : mostAnswerBytes))
      throw new ModelFailure("provider", "sent an answer that is too large", { retryable: false });
    if (this.#kind === "events") return this.#events.push(bytes);
    this.#document.push(bytes);
    // Lines of JSON come as slowly as a stream; the first one says all that is to be said.
    if (/ndjson|jsonl|json-?lines|stream\+json/.test(this.#contentType) && bytes.includes(0x0a)) this.end();
  }

  end(): void {
    if (this.#kind === "events") {
      this.#isAtEnd = true;
      this.#events.end();
      const isStream = this.#contentType.includes("event-stream") || this.events > 0 || this.isDone;
      if (!isStream && this.#bytes > 0) throw this.#noAnswer(this.#beginning);
    } else if (this.#document.length > 0) this.#readDocument(Buffer.concat(this.#document).toString("utf8"));
  }

  #onEvent({ name, data }: ServerSentEvent): void {
    if (this.isDone) return;
    const text = data.trim();
    if (text === "[DONE]") {
      this.isDone = true;
      return;
    }
    const value = parseJson(text);
    if (name === "error") throw this.#errorOf(value ?? text);
    if (value === undefined && this.#isAtEnd) return;
    if (value === undefined) throw this.#noAnswer(`an event that is not JSON: ${text}`, true);
    // Keep-alives of servers that have no comments: `null`, a number, a text, a list.
    if (typeof value !== "object" || value === null) return;
    if (Array.isArray(value)) {
      const [first] = value as unknown[];
      if (isObject(first) && isError(first)) throw this.#errorOf(first);
      return;
    }
    const event = value as JsonObject;
    if (isError(event) || (!this.#reader.isEvent(event) && hasErrorWords(event))) throw this.#errorOf(event);
    this.events++;
    this.#reader.onEvent(event, name);
  }

  #readDocument(text: string): void {
    const value = parseJson(text) ?? parseJson(text.split("\n", 1)[0] ?? "");
    const [first] = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!isObject(first)) throw this.#noAnswer(text);
    if (isError(first) || (!this.#reader.isEvent(first) && hasErrorWords(first))) throw this.#errorOf(first);
    if (!this.#reader.isEvent(first)) throw this.#noAnswer(text);
    this.#reader.onDocument(first);
    this.isDone = true;
  }

  #errorOf(value: unknown): ModelFailure {
    const error = isObject(value) ? (value["error"] ?? value) : value;
    const { code, type, status } = isObject(error) ? error : {};
    const words = [code, type, status].filter((word) => typeof word === "string").join(" ");
    // Servers whose engine died say 400 in the middle of a stream, so that one says nothing.
    const told = [code, status].find(
      (word) => typeof word === "number" && word > 400 && word <= 599 && word !== 422,
    );
    const message = this.#redaction.redact(messageOf(error));
    return refusalOf({ status: told as number | undefined, words, message });
  }

  /** Something between natter and the model answered, or the address is not that of a model. */
  #noAnswer(text: string, retryable = false): ModelFailure {
    const type = this.#contentType === "" ? "no content type" : this.#contentType;
    const message = `answered with something else than a stream (${type}): ${text}`;
    return new ModelFailure(retryable ? "provider" : "refused", this.#redaction.redact(message), {
      retryable,
    });
  }
}

function kindOf(bytes: Buffer): "unknown" | "events" | "document" {
  const first = /[^\s\u{FEFF}]/u.exec(bytes.toString("utf8", 0, 64))?.[0];
  if (first === undefined) return "unknown";
  return "{[<".includes(first) ? "document" : "events";
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isError(value: JsonObject): boolean {
  const { error } = value;
  return (isObject(error) && Object.keys(error).length > 0) || (typeof error === "string" && error !== "");
}

function hasErrorWords(value: JsonObject): boolean {
  if (value["object"] === "error" || value["type"] === "error") return true;
  return ["message", "detail", "errors", "msg", "error_msg"].some((name) => {
    const words = value[name];
    return (typeof words === "string" && words !== "") || Array.isArray(words);
  });
}

function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (!isObject(error)) return JSON.stringify(error) ?? "";
  const { message, detail, msg } = error;
  const text = message ?? detail ?? msg;
  return typeof text === "string" ? text : JSON.stringify(error);
}
