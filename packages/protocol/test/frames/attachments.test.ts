import { describe, expect, test } from "vitest";
import { checkClientFrame } from "../../src/index.ts";

const file = { id: "a", name: "cat.png", mimeType: "image/png", sizeBytes: 1 };

function refusal(change: Partial<typeof file>): string | undefined {
  const decoded = checkClientFrame({ message: "look", attachments: [file, { ...file, ...change }] });
  return decoded.ok ? undefined : `${decoded.code}: ${decoded.message}`;
}

describe("an attachment", () => {
  test.each([
    "text/html",
    "text/HTML",
    "text/xml",
    "application/xml",
    "application/xhtml+xml",
    "application/atom+XML",
    "image/svg+xml",
    "image/svg",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "text/ecmascript",
    "text/vbscript",
    "application/hta",
    "multipart/x-mixed-replace",
    "message/rfc822",
  ])("of the type %s, which a browser runs, is refused", (mimeType) => {
    expect(refusal({ mimeType })).toMatch(/^bad_frame: attachments\.1\.mimeType /);
  });

  test.each([
    "cat\u202Egnp.exe",
    "\u2066cat.png",
    "cat\u200F.png",
    "cat\n.png",
    "cat\u0000.png",
    "cat\u001B[2J.png",
    "cat\u2028.png",
    "cat\u200B.png",
    "\uFEFFcat.png",
    "cat\u{E0041}.png",
  ])("named %j, with what nobody sees, is refused", (name) => {
    expect(refusal({ name })).toMatch(/^bad_frame: attachments\.1\.name /);
  });

  test.each([
    { mimeType: "application/pdf" },
    { mimeType: "text/plain" },
    { mimeType: "application/json" },
    { mimeType: "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
    { mimeType: "application/vnd.ms-excel.sheet.macroEnabled.12" },
    { mimeType: "text/x-typescript" },
    { name: "사진 (1).png" },
    { name: "👨‍👩‍👧 می‌خواهم.png" },
    { name: "שלום.txt" },
  ])("%j is taken", (change) => {
    expect(refusal(change)).toBeUndefined();
  });
});
