import type { Readable } from "node:stream";

const levels: Readonly<Record<number, string>> = {
  10: "trace",
  20: "debug",
  30: "info",
  40: "warn",
  50: "error",
  60: "fatal",
};
const colours = [36, 33, 35, 32, 34, 31] as const;
const own: ReadonlySet<string> = new Set(["level", "time", "service", "instance", "pid", "msg", "err"]);

/** Prints the lines of many processes, each behind the name of its process. */
export class LogPrinter {
  readonly #write: (text: string) => void;
  readonly #hasColour: boolean;
  #width = 0;
  #names = 0;

  constructor(write: (text: string) => void, hasColour: boolean) {
    this.#write = write;
    this.#hasColour = hasColour;
  }

  /** Follows a stream to its end. `onLine` hears of each line, too. */
  follow(name: string, stream: Readable, onLine: (line: string) => void = () => undefined): void {
    const print = this.lines(name);
    let rest = "";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        onLine(line);
        print(line);
      }
    });
    stream.on("end", () => {
      if (rest !== "") print(rest);
    });
  }

  /** A printer of whole lines. */
  lines(name: string): (line: string) => void {
    this.#width = Math.max(this.#width, name.length);
    const colour = colours[this.#names++ % colours.length];
    return (line) => {
      const prefix = `${name.padEnd(this.#width)} |`;
      this.#write(`${this.#hasColour ? `\u001B[${colour}m${prefix}\u001B[0m` : prefix} ${readable(line)}\n`);
    };
  }
}

/** A line of pino's as a person reads it; any other line as it is. What would steer a terminal is spelled out. */
export function readable(line: string): string {
  const record = recordIn(line);
  if (!record) return plain(line);
  const { level, msg } = record;
  const fields = Object.entries(record)
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = record["err"] as { message?: string; stack?: string } | undefined;
  const cause = error ? `: ${level >= 50 ? (error.stack ?? error.message) : error.message}` : "";
  const [first = "", ...stack] = `${msg}${fields.map((field) => plain(field)).join("")}${cause}`.split("\n");
  // What stands in an error may have lines of its own: only the first one looks like a line of a process.
  const lines = [first, ...stack.map((part) => `    ${part.trimStart()}`)];
  return `${(levels[level] ?? "").padEnd(5)} ${lines.map((part) => plain(part)).join("\n")}`;
}

function recordIn(line: string): (Record<string, unknown> & { level: number; msg: string }) | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const record = JSON.parse(line) as Record<string, unknown>;
    const { level, msg } = record;
    return typeof msg === "string" && typeof level === "number" ? { ...record, level, msg } : undefined;
  } catch {
    return undefined;
  }
}

const steering = /(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of other programs and people: an escape would clear the screen, colour it, or write a line that nobody wrote. */
function plain(text: string): string {
  return text.replaceAll(steering, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16);
    return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, "0")}`;
  });
}
