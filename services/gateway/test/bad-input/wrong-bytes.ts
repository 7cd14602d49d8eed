import { limits } from "@natter/protocol";
import { wireFrame } from "../support/raw-socket.ts";

const close = (payload: Buffer): Buffer => wireFrame(payload, { opcode: 8 });
const closeWith = (code: number, reason = ""): Buffer => {
  const payload = Buffer.alloc(2);
  payload.writeUInt16BE(code);
  return close(Buffer.concat([payload, Buffer.from(reason)]));
};

/** Bytes that no WebSocket may say, and the close code that answers them. */
export const wrongBytes: readonly (readonly [name: string, bytes: Buffer, code: number])[] = [
  ["a frame without a mask", wireFrame('{"message":"hi"}', { masked: false }), 1002],
  ["a reserved bit, as of a compressed frame", wireFrame("x", { rsv: 4 }), 1002],
  ["a reserved bit of nothing", wireFrame("x", { rsv: 1 }), 1002],
  ["a reserved opcode", wireFrame("x", { opcode: 3 }), 1002],
  ["a reserved control opcode", wireFrame("", { opcode: 11 }), 1002],
  ["a ping in pieces", wireFrame("x", { opcode: 9, fin: false }), 1002],
  ["a ping of 126 bytes", wireFrame("x".repeat(126), { opcode: 9 }), 1002],
  ["a continuation of nothing", wireFrame("x", { opcode: 0 }), 1002],
  [
    "a new message inside of another",
    Buffer.concat([wireFrame("{", { fin: false }), wireFrame("{}", {})]),
    1002,
  ],
  ["a length of 2^63", wireFrame("", { length: 2n ** 63n }), 1009],
  ["a length of 1 GiB", wireFrame("", { length: 2n ** 30n }), 1009],
  [
    "one byte more than a frame may have",
    wireFrame(`{"message":"${"x".repeat(limits.clientFrameBytes - 13)}"}`),
    1009,
  ],
  [
    "too many pieces",
    Buffer.concat([
      wireFrame("{", { fin: false }),
      ...Array.from({ length: limits.fragments + 1 }, () => wireFrame("", { opcode: 0, fin: false })),
    ]),
    1008,
  ],
  ["text that is not UTF-8", wireFrame(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 1007],
  ["a character that is cut", wireFrame(Buffer.from("한").subarray(0, 2)), 1007],
  ["a close of one byte", close(Buffer.from([3])), 1002],
  ["a close with code 0", closeWith(0), 1002],
  ["a close with code 999", closeWith(999), 1002],
  ["a close with code 1004", closeWith(1004), 1002],
  ["a close with code 1005", closeWith(1005), 1002],
  ["a close with code 1006", closeWith(1006), 1002],
  ["a close with code 5000", closeWith(5000), 1002],
  ["a close with a reason that is too long", closeWith(1000, "x".repeat(124)), 1002],
];
