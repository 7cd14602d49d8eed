export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** `undefined` for what is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text.startsWith("\u{FEFF}") ? text.slice(1) : text);
  } catch {
    return undefined;
  }
}

/** Places in which servers say back what they were sent: what people and models wrote is no matter of a log. */
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
    // Too deep to be written.
    return "";
  }
}

/** What a router says of the provider behind it: OpenRouter has its error as text in `metadata.raw`. */
export function behind({ metadata }: JsonObject): string {
  const raw = isObject(metadata) ? metadata["raw"] : undefined;
  return typeof raw === "string" ? `: ${raw}` : "";
}
