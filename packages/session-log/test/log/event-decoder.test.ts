import { expect, test } from "vitest";
import { decodeEvent, eventIn } from "../../src/index.ts";
import { bytesOf } from "../support/bytes.ts";

const deletion = {
  type: "session_deleted",
  id: "d",
  user: { id: "u", name: "Ann" },
  sentAt: "2026-01-01T00:00:00.000Z",
};

test("event decoder - an event of the schema is decoded as it was appended", () => {
  expect(decodeEvent(bytesOf(deletion))).toEqual({ ok: true, event: deletion });
  expect(eventIn(bytesOf(deletion))).toEqual(deletion);
});

test.each([
  ["no JSON", new TextEncoder().encode("{"), "not JSON"],
  ["nothing", new Uint8Array(), "not JSON"],
  ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), "not JSON"],
  ["a list", bytesOf([deletion]), "not a JSON object"],
  ["null", new TextEncoder().encode("null"), "not a JSON object"],
  ["an unknown type", bytesOf({ ...deletion, type: "message_of_the_future" }), "unknown type"],
  ["no type", bytesOf({ id: "d" }), "unknown type"],
  ["an inherited type", bytesOf({ ...deletion, type: "constructor" }), "unknown type"],
  ["a field of another type", bytesOf({ ...deletion, user: "secret" }), "malformed: /user"],
  ["a missing field", bytesOf({ type: "session_deleted" }), "malformed: event"],
])("event decoder - %s is no event, and the reason has no text of it", (_what, bytes, reason) => {
  expect(decodeEvent(bytes)).toEqual({ ok: false, reason });
  expect(eventIn(bytes)).toBeUndefined();
});
