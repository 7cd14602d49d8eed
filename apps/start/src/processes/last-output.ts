/** What a process said before it ended, for the one line in which its end is told. */
export class LastWords {
  #line = "";
  #complaint: string | undefined;

  hear(line: string): void {
    if (line.trim() === "") return;
    this.#line = line;
    this.#complaint = complaintIn(line) ?? this.#complaint;
  }

  /** `: <what it said>`, rather its last complaint than its last line; empty if it said nothing. */
  get text(): string {
    const said = this.#complaint ?? this.#line;
    return said === "" ? "" : `: ${said}`;
  }
}

/** The reason in a line that tells of a failure: of pino's or of nats-server's. */
function complaintIn(line: string): string | undefined {
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
