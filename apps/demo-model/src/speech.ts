/** What a person said in a message of a session of several people. Pure. */

const separator = "\n\n";

/** The worker tells each such message as a line of JSON, and those without an answer between them as one message. */
export function speechIn(content: string): string {
  return content
    .split(separator)
    .map((part) => textOf(part) ?? part)
    .join(separator);
}

function textOf(part: string): string | undefined {
  if (!part.startsWith('{"from":')) return undefined;
  try {
    const { text } = JSON.parse(part) as { text?: unknown };
    return typeof text === "string" ? text : undefined;
  } catch {
    return undefined;
  }
}
