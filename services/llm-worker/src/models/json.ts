export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value; `undefined` if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("\u{FEFF}") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** Fields in which servers quote the request. What people and models wrote must not get into a log. */
const quotes: ReadonlySet<string> = new Set([
  "input",
  "body",
  "messages",
  "content",
  "prompt",
  "instructions",
]);

/** JSON for a log, without what a server quotes of a conversation. */
export function toLogText(value: unknown): string {
  try {
    return JSON.stringify(value, (name, inner: unknown) => (quotes.has(name) ? undefined : inner)) ?? "";
  } catch {
    // The value is nested too deeply for a log line.
    return "";
  }
}

/** The error of the provider behind a router. OpenRouter has it as text in `metadata.raw`. */
export function behind({ metadata }: JsonObject): string {
  const raw = isObject(metadata) ? metadata["raw"] : undefined;
  return typeof raw === "string" ? `: ${raw}` : "";
}
