import {
  durableFrames,
  isSessionId,
  sessionOfLogSubject,
  type DurableType,
  type LogEvent,
} from "@natter/protocol";
import { Compile } from "typebox/compile";

/** An event of the log, or why it is none. */
export type DecodedEvent =
  | { readonly ok: true; readonly sessionId: string; readonly event: LogEvent }
  | { readonly ok: false; readonly reason: string };

const validators = new Map(
  Object.entries(durableFrames).map(([type, schema]) => [type as DurableType, Compile(schema)]),
);
// Bytes that are no UTF-8 would be stored as other text than was appended.
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Checks what the log delivered. Never throws; a reason never holds text of the event. */
export function decodeEvent(subject: string, bytes: Uint8Array): DecodedEvent {
  const sessionId = sessionOfLogSubject(subject);
  if (!isSessionId(sessionId)) return { ok: false, reason: "the subject names no session" };
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch {
    return { ok: false, reason: "not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { ok: false, reason: "not a JSON object" };
  }
  const validator = validators.get((value as { type?: unknown }).type as DurableType);
  if (!validator) return { ok: false, reason: "unknown type" };
  if (!validator.Check(value)) {
    const [fault] = validator.Errors(value);
    return { ok: false, reason: `malformed: ${fault?.instancePath.slice(0, 64) || "event"}` };
  }
  return { ok: true, sessionId, event: value as LogEvent };
}
