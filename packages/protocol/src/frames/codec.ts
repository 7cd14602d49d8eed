import { Compile } from "typebox/compile";
import { attachmentFault } from "./attachments.ts";
import { clientFrames, type ClientFrame, type ClientFrameType } from "./client-frames.ts";
import { defined } from "../defined.ts";
import { isEmoji } from "../text/emoji.ts";
import type { ErrorCode } from "../errors.ts";
import { isClientId } from "./id-patterns.ts";
import { limits } from "../limits.ts";
import type { ServerFrame } from "./server-frames.ts";

/** A checked frame, or why it was refused. */
export type Decoded<T> =
  | { readonly ok: true; readonly frame: T }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string; readonly id?: string };

const validators = Object.fromEntries(
  Object.entries(clientFrames).map(([type, schema]) => [type, Compile(schema)]),
) as Record<ClientFrameType, ReturnType<typeof Compile>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Checks one text frame of a client. Never throws. A refusal has the `id` of the frame, if it can be read. */
export function decodeClientFrame(text: string): Decoded<ClientFrame> {
  if (isOver(text, limits.clientFrameBytes)) return refuse("too_large", "The frame is over 64 KiB");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse("bad_json", "The frame is not JSON");
  }
  return checkClientFrame(value);
}

/** The same for a frame that is parsed already, for example the body of an HTTP request. */
export function checkClientFrame(value: unknown): Decoded<ClientFrame> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return refuse("bad_frame", "A frame is a JSON object");
  }
  const id = readableId(value);
  const type = Object.hasOwn(value, "type") ? (value as { type: unknown }).type : "message";
  if (typeof type !== "string" || !Object.hasOwn(clientFrames, type)) {
    return refuse("unknown_type", "No frame has this type", id);
  }
  const validator = validators[type as ClientFrameType];
  if (!validator.Check(value)) return refuse("bad_frame", describeFault(validator.Errors(value)), id);
  if (!isWellFormed(value as Record<string, unknown>)) {
    return refuse("bad_frame", "Text must be well-formed Unicode, without lone surrogates", id);
  }
  const frame = { ...value, type } as ClientFrame;
  // An earlier natter stored other texts, too. A user may still take such a reaction back.
  if (frame.type === "reaction" && frame.on && !isEmoji(frame.emoji))
    return refuse("bad_emoji", "A reaction is one emoji", id);
  const fault = frame.type === "message" ? attachmentFault(frame.attachments) : undefined;
  return fault === undefined ? { ok: true, frame } : refuse("bad_frame", fault, id);
}

/** JSON of a frame, as bytes. */
export function encodeFrame(frame: ServerFrame | object): Uint8Array {
  return encoder.encode(JSON.stringify(frame));
}

/** Parses bytes that a part of natter published; `undefined` if they are not a JSON object. */
export function decodeObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(decoder.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Counts bytes only if a frame may be too long: a UTF-16 unit is at most three bytes of UTF-8. */
function isOver(text: string, bytes: number): boolean {
  if (text.length * 3 <= bytes) return false;
  return text.length > bytes || encoder.encode(text).length > bytes;
}

function refuse(code: ErrorCode, message: string, id?: string): Decoded<never> {
  return { ok: false, code, message, ...defined({ id }) };
}

function readableId(value: object): string | undefined {
  const id: unknown = Object.hasOwn(value, "id") ? (value as { id: unknown }).id : undefined;
  return typeof id === "string" && isClientId(id) ? id : undefined;
}

function describeFault(errors: readonly { instancePath: string; message: string }[]): string {
  const [first] = errors;
  if (!first) return "The frame is not valid";
  const field = first.instancePath.slice(1).replaceAll("/", ".");
  // The client chose the field's name, so the answer holds only its beginning.
  return field ? `${field.slice(0, 64)} ${first.message}` : first.message.slice(0, 200);
}

/** A lone surrogate has no UTF-8 form, so a store would record another text than the one that went live. */
function isWellFormed(frame: Record<string, unknown>): boolean {
  return Object.values(frame).every((field) =>
    typeof field === "string"
      ? field.isWellFormed()
      : !Array.isArray(field) || field.every((item) => isWellFormed(item as Record<string, unknown>)),
  );
}
