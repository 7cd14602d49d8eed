import { crc32 } from "node:zlib";

/** Joins frames of one size to an animated PNG that repeats for ever. */
export function animate(frames: readonly Buffer[], frameMs: number): Buffer {
  const [first = Buffer.alloc(0)] = frames;
  const signature = first.subarray(0, signatureBytes);
  const header = chunksOf(first).find(({ type }) => type === "IHDR")?.data ?? Buffer.alloc(0);
  let sequence = 0;
  const parts = [signature, chunk("IHDR", header), chunk("acTL", words(frames.length, 0))];
  for (const [index, frame] of frames.entries()) {
    const size = header.subarray(0, 8);
    const delay = Buffer.from([frameMs >> 8, frameMs & 0xff, 1_000 >> 8, 1_000 & 0xff, 0, 0]);
    parts.push(chunk("fcTL", Buffer.concat([words(sequence++), size, words(0, 0), delay])));
    for (const { type, data } of chunksOf(frame)) {
      if (type !== "IDAT") continue;
      parts.push(index === 0 ? chunk("IDAT", data) : chunk("fdAT", Buffer.concat([words(sequence++), data])));
    }
  }
  return Buffer.concat([...parts, chunk("IEND", Buffer.alloc(0))]);
}

const signatureBytes = 8;

function chunksOf(png: Buffer): { type: string; data: Buffer }[] {
  const chunks: { type: string; data: Buffer }[] = [];
  for (let at = signatureBytes; at < png.length;) {
    const length = png.readUInt32BE(at);
    chunks.push({
      type: png.toString("latin1", at + 4, at + 8),
      data: png.subarray(at + 8, at + 8 + length),
    });
    at += length + 12;
  }
  return chunks;
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  return Buffer.concat([words(data.length), body, words(crc32(body))]);
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, index * 4);
  return bytes;
}
