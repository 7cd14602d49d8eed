import { encodeFrame } from "@natter/protocol";
import { expect, test } from "vitest";
import { isDeletable } from "../../src/history/tombstone.ts";
import { messageEvent, replyFrames } from "../support/world.ts";

test.each([
  ["a message is decoded", messageEvent("m"), true],
  ["an edit is decoded", { ...messageEvent("e"), type: "message_edited" }, true],
  ["a reply, which is nobody's to delete and may be large, is not", replyFrames("m.m").complete(1), false],
  ["a deletion is not", { ...messageEvent("d"), type: "message_deleted" }, false],
])("in a replay with deletions %s", (_name, event, isDecoded) => {
  expect(isDeletable(encodeFrame(event))).toBe(isDecoded);
});
