import { durableFrames, type DurableType, type LogEvent } from "@natter/protocol";
import { Compile } from "typebox/compile";
import type { StoredEvent } from "./session-reader.ts";

/** An event of the log, or why the bytes are none. */
export type DecodedEvent =
  | { readonly ok: true; readonly event: LogEvent }
  | { readonly ok: false; readonly reason: string };

/** An event and its place in the log. */
export interface PlacedEvent {
  readonly event: LogEvent;
  readonly seq: number;
}

const validators = new Map(
  Object.entries(durableFrames).map(([type, schema]) => [type as DurableType, Compile(schema)]),
);
// Without `fatal`, bytes that are no UTF-8 would become another text than the one that was appended.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const pathLength = 64;

/**
 * Whoever may publish to the broker can append bytes that no gateway would, so every reader of the log checks them, and
 * all readers in the same way: what one of them shows, the others know. Never throws. A reason has no text of the event.
 */
export function decodeEvent(bytes: Uint8Array): DecodedEvent {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return { ok: false, reason: "not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ok: false, reason: "not a JSON object" };
  const validator = validators.get((value as { type?: unknown }).type as DurableType);
  if (!validator) return { ok: false, reason: "unknown type" };
  if (validator.Check(value)) return { ok: true, event: value as LogEvent };
  const [fault] = validator.Errors(value);
  return { ok: false, reason: `malformed: ${fault?.instancePath.slice(0, pathLength) || "event"}` };
}

/** `undefined` for bytes that are no event. */
export function eventIn(bytes: Uint8Array): LogEvent | undefined {
  const decoded = decodeEvent(bytes);
  return decoded.ok ? decoded.event : undefined;
}

/** Leaves out what is no event; the recorder keeps it as a dead letter. */
export function placedEvents(stored: readonly StoredEvent[]): PlacedEvent[] {
  return stored.flatMap(({ bytes, seq }) => {
    const event = eventIn(bytes);
    return event ? [{ event, seq }] : [];
  });
}
