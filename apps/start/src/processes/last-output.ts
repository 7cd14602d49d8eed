/** The output of a process right before its end, for the one line that reports the end. */
export class LastOutput {
  #line = "";
  #error: string | undefined;

  add(line: string): void {
    if (line.trim() === "") return;
    this.#line = line;
    this.#error = errorIn(line) ?? this.#error;
  }

  /** `: <text>`, where the text is the last error that was logged, else the last line. Empty without output. */
  get text(): string {
    const text = this.#error ?? this.#line;
    return text === "" ? "" : `: ${text}`;
  }
}

/** The message of a log line that reports an error, of pino or of nats-server. */
function errorIn(line: string): string | undefined {
  const ofNats = /\[(?:FTL|ERR)\] (.*)/.exec(line);
  if (ofNats) return ofNats[1];
  if (!line.startsWith("{")) return undefined;
  try {
    const { level, msg, err } = JSON.parse(line) as {
      level?: number;
      msg?: string;
      err?: { message?: string };
    };
    if (level === undefined || level < 50) return undefined;
    return [msg, err?.message]
      .filter((part) => part !== undefined)
      .join(": ")
      .replaceAll(/\s+/g, " ");
  } catch {
    return undefined;
  }
}
