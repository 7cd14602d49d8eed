/** One event of a stream of server-sent events, or what a server wrote in its place. */
export interface ServerSentEvent {
  /** The name after `event:`; empty if it has none. */
  readonly name: string;
  /** Its data lines, joined by line feeds. */
  readonly data: string;
}

/** An event is larger than anybody means it to be. */
export class EventTooLarge extends Error {
  override readonly name = "EventTooLarge";
}

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const firstCapacity = 16_384;
const maxEventBytes = 8 * 1_048_576;
const empty: Buffer = Buffer.alloc(0);

/**
 * Reads server-sent events from bytes (https://html.spec.whatwg.org/multipage/server-sent-events.html). Only whole lines are
 * decoded, so bytes may be split anywhere. It differs from the standard where servers do: the last event needs no blank line
 * after it, an `error:` field is an event of that name, and JSON that stands there without a field's name is an event, too.
 */
export class EventStreamReader {
  readonly #onEvent: (event: ServerSentEvent) => void;
  readonly #isLines: boolean;
  /** The beginning of a line that has no end yet: the first `#restBytes` of it. */
  #rest: Buffer = empty;
  #restBytes = 0;
  /** A line feed that follows belongs to the carriage return before it. */
  #skipsLineFeed = false;
  #isAtStart = true;
  #name = "";
  #data: string | undefined;
  #dataLength = 0;
  /** The lines at hand are JSON without a field's name. */
  #isBare = false;

  /** @param form `lines`: each line is the data of an event, as in NDJSON */
  constructor(onEvent: (event: ServerSentEvent) => void, form: "events" | "lines" = "events") {
    this.#onEvent = onEvent;
    this.#isLines = form === "lines";
  }

  /** @throws EventTooLarge, and whatever `onEvent` throws */
  push(bytes: Uint8Array): void {
    let chunk: Buffer = Buffer.isBuffer(bytes)
      ? bytes
      : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (this.#restBytes > 0) {
      const end = lineEndOf(chunk, 0);
      if (end === -1) return this.#keep(chunk);
      this.#keep(chunk.subarray(0, end));
      const line = this.#rest.toString("utf8", 0, this.#restBytes);
      this.#restBytes = 0;
      this.#onLine(line);
      chunk = chunk.subarray(this.#afterLineEnd(chunk, end));
    }
    const begin = this.#readLines(chunk);
    if (begin < chunk.length) this.#keep(chunk.subarray(begin));
  }

  /** The stream is over: what has no end yet ends here. */
  end(): void {
    if (this.#restBytes > 0) {
      const line = this.#rest.toString("utf8", 0, this.#restBytes);
      this.#restBytes = 0;
      this.#onLine(line);
    }
    this.#dispatch();
  }

  /** Reads the whole lines of `chunk`. Returns where the line begins that has no end yet. */
  #readLines(chunk: Buffer): number {
    let begin = 0;
    if (this.#skipsLineFeed && chunk.length > 0) {
      this.#skipsLineFeed = false;
      if (chunk[0] === lineFeed) begin = 1;
    }
    let nextReturn = chunk.indexOf(carriageReturn, begin);
    let nextFeed = chunk.indexOf(lineFeed, begin);
    while (nextReturn !== -1 || nextFeed !== -1) {
      const isFeed = nextReturn === -1 || (nextFeed !== -1 && nextFeed < nextReturn);
      const end = isFeed ? nextFeed : nextReturn;
      this.#onLine(end === begin ? "" : chunk.toString("utf8", begin, end));
      begin = this.#afterLineEnd(chunk, end);
      if (nextReturn !== -1 && nextReturn < begin) nextReturn = chunk.indexOf(carriageReturn, begin);
      if (nextFeed !== -1 && nextFeed < begin) nextFeed = chunk.indexOf(lineFeed, begin);
    }
    return begin;
  }

  #afterLineEnd(chunk: Buffer, end: number): number {
    if (chunk[end] === lineFeed) return end + 1;
    if (end + 1 === chunk.length) this.#skipsLineFeed = true;
    return chunk[end + 1] === lineFeed ? end + 2 : end + 1;
  }

  /** The capacity doubles, so that a long line in small pieces costs no more than a few copies of it. */
  #keep(bytes: Buffer): void {
    const length = this.#restBytes + bytes.length;
    if (length + this.#dataLength > maxEventBytes) throw new EventTooLarge();
    if (length > this.#rest.length) {
      const larger = Buffer.allocUnsafe(Math.max(firstCapacity, this.#rest.length * 2, length));
      this.#rest.copy(larger, 0, 0, this.#restBytes);
      this.#rest = larger;
    }
    bytes.copy(this.#rest, this.#restBytes);
    this.#restBytes = length;
  }

  #onLine(line: string): void {
    if (line === "") return this.#dispatch();
    if (this.#isAtStart) {
      this.#isAtStart = false;
      if (line.startsWith("\u{FEFF}")) return this.#onLine(line.slice(1));
    }
    if (this.#isLines) return this.#onEvent({ name: "", data: line });
    if (line.startsWith("data:")) return this.#addField(valueAfter(line, 5));
    if (line.startsWith("event:")) this.#name = valueAfter(line, 6);
    else if (line.startsWith("error:")) {
      this.#addField(valueAfter(line, 6));
      this.#name = "error";
    } else if (line.startsWith(":")) return;
    else if (this.#isBare) this.#addData(line);
    else if (line.startsWith("{") || line.startsWith("[")) {
      this.#dispatch();
      this.#isBare = true;
      this.#addData(line);
    }
  }

  #addField(value: string): void {
    if (this.#isBare) this.#dispatch();
    this.#addData(value);
  }

  #addData(value: string): void {
    this.#dataLength += value.length;
    if (this.#dataLength > maxEventBytes) throw new EventTooLarge();
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(): void {
    const name = this.#name;
    const data = this.#data;
    this.#isAtStart = false;
    this.#isBare = false;
    this.#name = "";
    this.#data = undefined;
    this.#dataLength = 0;
    if (data !== undefined && data !== "") this.#onEvent({ name, data });
  }
}

function lineEndOf(chunk: Buffer, from: number): number {
  const feed = chunk.indexOf(lineFeed, from);
  const before = feed === -1 ? chunk : chunk.subarray(0, feed);
  const carriage = before.indexOf(carriageReturn, from);
  return carriage === -1 ? feed : carriage;
}

function valueAfter(line: string, length: number): string {
  return line.charCodeAt(length) === 0x20 ? line.slice(length + 1) : line.slice(length);
}
