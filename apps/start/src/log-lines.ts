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

/** A line of pino's as a person reads it; any other line as it is. */
export function readable(line: string): string {
  if (!line.startsWith("{")) return line;
  let record: Record<string, unknown>;
  try {
    record = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return line;
  }
  if (typeof record["msg"] !== "string" || typeof record["level"] !== "number") return line;
  const fields = Object.entries(record)
    .filter(([name]) => !own.has(name))
    .map(([name, value]) => ` ${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const error = record["err"] as { message?: string; stack?: string } | undefined;
  const cause = error ? `: ${record["level"] >= 50 ? (error.stack ?? error.message) : error.message}` : "";
  return `${(levels[record["level"]] ?? "").padEnd(5)} ${record["msg"]}${fields.join("")}${cause}`;
}
