import { behind, isObject, parseJson, toLogText, type JsonObject } from "../json.ts";
import { ModelFailure, refusalOf } from "../provider-failure.ts";
import type { Redaction } from "../redaction.ts";
import type { AnswerReader } from "./answer-reader.ts";
import { EventStreamReader, type ServerSentEvent } from "./event-stream.ts";

const maxAnswerBytes = 64 * 1_048_576;
const maxDocumentBytes = 16 * 1_048_576;
const shownBytes = 1_024;
const shownWords = 200;
const doneWords: ReadonlySet<string> = new Set(["[DONE]", '"[DONE]"', "DONE"]);
const keepAlive = /ping|heartbeat|keep[-_]?alive/i;

/** Tells events, documents and other things apart by their type and first byte, and errors from all of them. */
export class AnswerParser {
  readonly #reader: AnswerReader;
  readonly #redaction: Redaction;
  readonly #contentType: string;
  readonly #events: EventStreamReader;
  #kind: "unknown" | "events" | "lines" | "document" = "unknown";
  #document: Buffer[] = [];
  #bytes = 0;
  /** The bytes so far of a body that may be no stream. */
  #beginning = "";
  /** What comes now has no end of its own. */
  #isAtEnd = false;
  #sawEvent = false;
  /** The provider said that nothing follows. */
  isDone = false;

  constructor(contentType: string, reader: AnswerReader, redaction: Redaction) {
    this.#contentType = contentType.toLowerCase();
    this.#reader = reader;
    this.#redaction = redaction;
    if (this.#contentType.includes("event-stream")) this.#kind = "events";
    if (/ndjson|jsonl|json-?lines|stream\+json/.test(this.#contentType)) this.#kind = "lines";
    this.#events = new EventStreamReader(
      (event) => this.#onEvent(event),
      this.#kind === "lines" ? "lines" : "events",
    );
  }

  get hasEnd(): boolean {
    return this.#reader.hasEnd;
  }

  get saidLength(): number {
    return this.#reader.saidLength;
  }

  push(bytes: Buffer): void {
    this.#bytes += bytes.length;
    if (this.#kind === "unknown") {
      this.#kind = kindOf(bytes);
      this.#beginning = bytes.toString("utf8", 0, shownBytes);
    }
    if (this.#bytes > (this.#kind === "document" ? maxDocumentBytes : maxAnswerBytes))
      throw new ModelFailure("provider", "sent an answer that is too large", { retryable: false });
    if (this.#kind === "document") this.#document.push(bytes);
    else this.#events.push(bytes);
  }

  end(): void {
    if (this.isDone) return;
    if (this.#kind === "document") return this.#readDocument(Buffer.concat(this.#document).toString("utf8"));
    this.#isAtEnd = true;
    this.#events.end();
    const isStream = this.#contentType.includes("event-stream") || this.#sawEvent || this.isDone;
    if (!isStream && this.#bytes > 0) throw this.#noAnswer(this.#beginning);
  }

  #onEvent({ name, data }: ServerSentEvent): void {
    if (this.isDone) return;
    const text = data.trim();
    if (doneWords.has(text)) {
      this.isDone = true;
      return;
    }
    const value = parseJson(text);
    // After the model's end an error does not change the answer.
    if (
      this.hasEnd &&
      (value === undefined || name === "error" || (isObject(value) && this.#isError(value)))
    ) {
      this.isDone = true;
      return;
    }
    if (name === "error") throw this.#errorOf(value ?? text);
    if (value === undefined && this.#isAtEnd) return;
    if (value === undefined)
      throw new ModelFailure("provider", `sent an event of ${text.length} characters that is not JSON`, {
        retryable: true,
      });
    // Some servers send no comments as keep-alives but `null`, a number, a text or a list.
    const [event] = Array.isArray(value) ? (value as unknown[]) : [value];
    if (!isObject(event)) return;
    if (this.#isError(event)) throw this.#errorOf(event);
    if (event !== value) return;
    if (this.#kind === "lines" && !this.#reader.isEvent(event)) throw this.#noAnswer(toLogText(event));
    this.#sawEvent = true;
    this.#reader.onEvent(event, name);
  }

  #readDocument(text: string): void {
    const value = parseJson(text);
    // Of several lines of JSON the first one holds the error.
    const whole = value ?? parseJson(text.split("\n", 1)[0] ?? "");
    const [first] = Array.isArray(whole) ? (whole as unknown[]) : [whole];
    if (isObject(first) && this.#isError(first)) throw this.#errorOf(first);
    if (value === undefined || !isObject(first)) throw this.#noAnswer(text);
    if (!this.#reader.isDocument(first)) throw this.#noAnswer(toLogText(first));
    this.#reader.onDocument(first);
    this.isDone = true;
  }

  #isError(value: JsonObject): boolean {
    if (isError(value)) return true;
    return !this.#reader.isEvent(value) && !this.#reader.isDocument(value) && hasErrorWords(value);
  }

  #errorOf(value: unknown): ModelFailure {
    const error = isObject(value) ? (value["error"] ?? value) : value;
    const { code, type, status } = isObject(error) ? error : {};
    const words = [code, type, status].filter((word) => typeof word === "string").join(" ");
    // Servers whose engine died send a 400 in the middle of a stream, so a 400 there does not mean a bad request.
    const told = [code, status].find(
      (word) => typeof word === "number" && word > 400 && word <= 599 && word !== 422,
    );
    const message = this.#redaction.redact(messageOf(error));
    return refusalOf({ status: told as number | undefined, words: words.slice(0, shownWords), message });
  }

  /** Something between natter and the model answered, or the address is not that of a model. */
  #noAnswer(text: string): ModelFailure {
    const type = this.#contentType === "" ? "no content type" : this.#contentType;
    const message = `answered with something else than a stream (${type}): ${text.slice(0, shownBytes)}`;
    return new ModelFailure("refused", this.#redaction.redact(message), { retryable: false });
  }
}

function kindOf(bytes: Buffer): "unknown" | "events" | "document" {
  const first = /[^\s\u{FEFF}]/u.exec(bytes.toString("utf8", 0, 64))?.[0];
  if (first === undefined) return "unknown";
  return "{[<".includes(first) ? "document" : "events";
}

function isError({ error }: JsonObject): boolean {
  if (isObject(error)) return Object.values(error).some((value) => value !== null && value !== "");
  return typeof error === "string" && error !== "";
}

function hasErrorWords(value: JsonObject): boolean {
  const { object, type } = value;
  if (object === "error" || type === "error") return true;
  if (typeof type === "string" && keepAlive.test(type)) return false;
  return ["message", "detail", "errors", "msg", "error_msg", "title"].some((name) => {
    const words = value[name];
    return (typeof words === "string" && words !== "") || (Array.isArray(words) && words.length > 0);
  });
}

function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  if (!isObject(error)) return toLogText(error);
  const { message, detail, msg } = error;
  const text = message ?? detail ?? msg;
  return typeof text === "string" ? text + behind(error) : toLogText(error);
}
