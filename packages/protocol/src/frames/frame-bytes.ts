/**
 * What the relay does with frames: it compares bytes and splices bytes, and parses none of them. That works because natter
 * itself encodes every frame on a live subject, `type` first.
 */
import { defined } from "../defined.ts";
import type { ServerFrameOf } from "./server-frames.ts";

const encoder = new TextEncoder();
const closingBrace = 0x7d;
const comma = 0x2c;
const digitZero = 0x30;
const digitNine = 0x39;

/** First bytes of the frames that the relay treats apart, in the order in which a reply passes it. */
export const frameHeads = {
  aiStart: encoder.encode('{"type":"ai_start",'),
  aiChunk: encoder.encode('{"type":"ai_chunk",'),
  aiComplete: encoder.encode('{"type":"ai_complete",'),
  messageDeleted: encoder.encode('{"type":"message_deleted",'),
  sessionDeleted: encoder.encode('{"type":"session_deleted",'),
  typing: encoder.encode('{"type":"typing",'),
  nudge: encoder.encode('{"type":"poke",'),
} as const;

/** Whether `bytes` begins with `head`. */
export function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  if (bytes.length < head.length) return false;
  for (let index = 0; index < head.length; index++) if (bytes[index] !== head[index]) return false;
  return true;
}

const typeHead = encoder.encode('{"type":"');
const quote = 0x22;
const maxTypeLength = 32;

/** The `type` of a frame that begins with it; empty if the bytes begin otherwise. */
export function eventTypeIn(bytes: Uint8Array): string {
  if (!startsWith(bytes, typeHead)) return "";
  const start = typeHead.length;
  const length = bytes.subarray(start, start + maxTypeLength + 1).indexOf(quote);
  return length < 0 ? "" : String.fromCharCode(...bytes.subarray(start, start + length));
}

/** A durable frame as sockets get it: the event's own bytes, then its place in the log. */
export function spliceSequence(
  event: Uint8Array,
  place: { seq: number; prev: number; epoch?: string },
): Uint8Array {
  const epoch = place.epoch === undefined ? "" : `,"epoch":"${place.epoch}"`;
  const tail = encoder.encode(`,"seq":${place.seq},"prev":${place.prev}${epoch}}`);
  const frame = new Uint8Array(event.length - 1 + tail.length);
  frame.set(event.subarray(0, event.length - 1));
  frame.set(tail, event.length - 1);
  return frame;
}

/** Whether `bytes` can be spliced: a JSON object of natter's, `type` first. */
export function isSpliceable(bytes: Uint8Array): boolean {
  return bytes.length > 2 && startsWith(bytes, typeHead) && bytes[bytes.length - 1] === closingBrace;
}

/** `{"type":"ai_chunk","id":…,"attempt":…,"n":` of one attempt at one reply. */
export function chunkHead(replyId: string, attempt: number): Uint8Array {
  return encoder.encode(`{"type":"ai_chunk","id":${JSON.stringify(replyId)},"attempt":${attempt},"n":`);
}

/** `taking`: the chunk is reasoning, and all text of the attempt before it was reasoning, too. */
export type ChunkPart = "reasoning" | "taking";

const partFields: Readonly<Record<ChunkPart, string>> = {
  reasoning: '"part":"reasoning",',
  taking: '"part":"reasoning","takesText":true,',
};

/** One chunk. `head` is `chunkHead`; the order of fields is fixed because readers compare bytes. */
export function encodeChunk(head: string, n: number, text: string, part?: ChunkPart): Uint8Array {
  const partField = part === undefined ? "" : partFields[part];
  return encoder.encode(`${head}${n},${partField}"chunk":${JSON.stringify(text)}}`);
}

/** The number `n` that stands right after a head of `headLength` bytes; -1 if there is none. */
export function chunkNumber(bytes: Uint8Array, headLength: number): number {
  let n = 0;
  let index = headLength;
  for (; index < bytes.length; index++) {
    const byte = bytes[index] ?? 0;
    if (byte < digitZero || byte > digitNine) break;
    n = n * 10 + (byte - digitZero);
  }
  return index > headLength && bytes[index] === comma ? n : -1;
}

/** Joins chunks of one attempt and one part, in order. The new frame replaces those from `from` to `n`. */
export function mergeChunks(chunks: readonly ServerFrameOf<"ai_chunk">[]): Uint8Array | undefined {
  const first = chunks[0];
  const last = chunks.at(-1);
  if (!first || !last) return undefined;
  return encoder.encode(
    JSON.stringify({
      type: "ai_chunk",
      id: last.id,
      attempt: last.attempt,
      n: last.n,
      from: first.from ?? first.n,
      ...defined({ part: first.part, takesText: first.takesText }),
      chunk: chunks.map((chunk) => chunk.chunk).join(""),
    } satisfies ServerFrameOf<"ai_chunk">),
  );
}

/** Published on a live subject when an event may have been stored without going live. Never sent to clients. */
export function encodeNudge(seq: number): Uint8Array {
  return encoder.encode(`{"type":"poke","seq":${seq}}`);
}
