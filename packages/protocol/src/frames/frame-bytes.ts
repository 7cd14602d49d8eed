/**
 * What the hot path does with frames: it looks at bytes and splices bytes, it never parses them. That works
 * because every frame on the live subject is encoded by natter itself, `type` first.
 */
import type { ServerFrameOf } from "./server-frames.ts";

const encoder = new TextEncoder();
const closingBrace = 0x7d;
const comma = 0x2c;
const digitZero = 0x30;
const digitNine = 0x39;

/** First bytes of the frames that are told apart without parsing. */
export const frameHeads = {
  aiChunk: encoder.encode('{"type":"ai_chunk",'),
  aiStart: encoder.encode('{"type":"ai_start",'),
  aiComplete: encoder.encode('{"type":"ai_complete",'),
  message: encoder.encode('{"type":"message",'),
  messageEdited: encoder.encode('{"type":"message_edited",'),
  messageDeleted: encoder.encode('{"type":"message_deleted",'),
  regenerateRequested: encoder.encode('{"type":"regenerate_requested",'),
  sessionDeleted: encoder.encode('{"type":"session_deleted",'),
  typing: encoder.encode('{"type":"typing",'),
  poke: encoder.encode('{"type":"poke",'),
} as const;

/** Whether `bytes` begins with `head`. */
export function startsWith(bytes: Uint8Array, head: Uint8Array): boolean {
  if (bytes.length < head.length) return false;
  for (let index = 0; index < head.length; index++) if (bytes[index] !== head[index]) return false;
  return true;
}

/** A durable frame as sockets get it: the event's own bytes with its place in the log at the end. */
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
const typeHead = encoder.encode('{"type":"');

/** `{"type":"ai_chunk","id":…,"attempt":…,"n":` of one attempt at one reply. */
export function chunkHead(replyId: string, attempt: number): Uint8Array {
  return encoder.encode(`{"type":"ai_chunk","id":${JSON.stringify(replyId)},"attempt":${attempt},"n":`);
}

/** `taking`: reasoning, and so was all text of the attempt before it. */
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

/** Chunks of one attempt and one part, in order, as one frame that says which it replaces. */
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
      ...(first.part === undefined ? {} : { part: first.part }),
      ...(first.takesText === undefined ? {} : { takesText: first.takesText }),
      chunk: chunks.map((chunk) => chunk.chunk).join(""),
    } satisfies ServerFrameOf<"ai_chunk">),
  );
}

/** Said on the live subject when an event may have been stored without going live. Never sent to clients. */
export function encodePoke(seq: number): Uint8Array {
  return encoder.encode(`{"type":"poke","seq":${seq}}`);
}
