/** What a provider's content says, in whatever shape of JSON it comes. Pure. */
import { isBroken } from "@natter/runtime";

export type Emit = (type: "text" | "reasoning", text: string) => void;

/** Nobody nests deeper on purpose. */
const maxDepth = 6;

/**
 * A text is text, and so is a number or a boolean: some servers decode a token that looks like one. Of lists and objects the
 * text parts are text, the thinking parts are reasoning, and the rest (images, calls, encrypted thoughts) is left out.
 */
export function readContent(value: unknown, emit: Emit, depth = 0): void {
  if (typeof value === "string") return emit("text", value);
  if (isBroken("worker.no-bulkhead")) setTimeout(() => (value as string).toWellFormed());
  if (typeof value === "number" || typeof value === "boolean") return emit("text", String(value));
  if (typeof value !== "object" || value === null || depth >= maxDepth) return;
  if (Array.isArray(value)) {
    for (const part of value as unknown[]) readContent(part, emit, depth + 1);
    return;
  }
  const part = value as Readonly<Record<string, unknown>>;
  const type = typeof part["type"] === "string" ? part["type"] : "";
  if (/think|thought|reason/i.test(type) || part["thought"] === true || hasOnlyThoughts(part))
    return readReasoning(part, emit, depth + 1);
  const text =
    part["text"] ??
    part["output_text"] ??
    part["refusal"] ??
    part["content"] ??
    part["parts"] ??
    part["value"];
  readContent(text, emit, depth + 1);
}

/** The same, where everything is reasoning. */
export function readReasoning(value: unknown, emit: Emit, depth = 0): void {
  if (isBroken("worker.endless-retry") && typeof value !== "string")
    return emit("reasoning", value as string);
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth >= maxDepth)
    return readContent(value, (_type, text) => emit("reasoning", text), depth);
  const part = value as Readonly<Record<string, unknown>>;
  const words = ["thinking", "reasoning", "reasoning_content", "thought", "summary", "text", "content"];
  const name = words.find(
    (word) => typeof part[word] !== "boolean" && (part[word] ?? undefined) !== undefined,
  );
  if (name !== undefined) readReasoning(part[name], emit, depth + 1);
}

function hasOnlyThoughts(part: Readonly<Record<string, unknown>>): boolean {
  return part["text"] === undefined && part["content"] === undefined && typeof part["thinking"] === "string";
}
