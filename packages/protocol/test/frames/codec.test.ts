import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  checkClientFrame,
  clientFrames,
  decodeClientFrame,
  decodeObject,
  encodeFrame,
  limits,
  type Decoded,
} from "../../src/index.ts";

const clientId = "0190b6d4-7b1a-7c3e-8f00-0123456789ab";

function codeOf(decoded: Decoded<unknown>): string {
  return decoded.ok ? "ok" : decoded.code;
}

describe("a frame of the tutorial's client", () => {
  test("is a message although it does not say so", () => {
    expect(decodeClientFrame('{"message":"hi"}')).toEqual({
      ok: true,
      frame: { type: "message", message: "hi" },
    });
  });

  test("may say its type, too", () => {
    expect(decodeClientFrame('{"type":"message","message":"hi"}')).toEqual({
      ok: true,
      frame: { type: "message", message: "hi" },
    });
  });

  test("an empty message is refused", () => {
    expect(codeOf(decodeClientFrame('{"message":""}'))).toBe("bad_frame");
  });
});

describe("whatever a client sends", () => {
  test("a text is decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.json(), looksLikeFrame()), (text) => {
        const decoded = decodeClientFrame(text);
        expect(
          decoded.ok ? Object.hasOwn(clientFrames, decoded.frame.type) : decoded.message.length <= 300,
        ).toBe(true);
      }),
    );
  });

  test("a parsed value is decoded or refused, never thrown at", () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withObjectString: true }), (value) => {
        expect(checkClientFrame(value)).toHaveProperty("ok");
      }),
    );
  });

  test("what is accepted survives being encoded and decoded again", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.uuid(), (message, id) => {
        const decoded = decodeClientFrame(JSON.stringify({ id, message }));
        if (!decoded.ok) return;
        expect(decodeObject(encodeFrame(decoded.frame))).toEqual(decoded.frame);
      }),
    );
  });

  test.each([
    ["null", "null"],
    ["a number", "1"],
    ["an array", '[{"message":"hi"}]'],
    ["a string", '"hi"'],
    ["10,000 nested arrays", "[".repeat(10_000) + "]".repeat(10_000)],
    ["a message that is 10,000 nested arrays", `{"message":${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
    [
      "attachments of 5,000 nested objects",
      `{"message":"a","attachments":[${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}]}`,
    ],
    ["a message that is an array", '{"message":["hi"]}'],
    ["a message that is an object", '{"message":{"toString":"hi"}}'],
    ["an unknown field", '{"message":"hi","admin":true}'],
    ["__proto__", '{"message":"hi","__proto__":{"admin":true}}'],
    ["a constructor", '{"message":"hi","constructor":{"prototype":{"admin":true}}}'],
    ["an id that is no UUID", '{"message":"hi","id":"1"}'],
    ["an infinite size", attachment('"sizeBytes":1e400')],
    ["a size that no number holds exactly", attachment('"sizeBytes":1e300')],
    ["a broken size", attachment('"sizeBytes":0.5')],
    ["__proto__ in an attachment", attachment('"sizeBytes":1,"__proto__":{}')],
    ["no attachment in attachments", '{"message":"hi","attachments":[]}'],
    ["a reaction without its direction", '{"type":"reaction","messageId":"m","emoji":"+1"}'],
    ["a target with a space", '{"type":"stop","messageId":"a b"}'],
    ["a target that is two replies deep", '{"type":"stop","messageId":"a.b.c"}'],
    ["a target with a wildcard", '{"type":"stop","messageId":"*"}'],
  ])("%s is a bad frame", (_name, text) => {
    expect(codeOf(decodeClientFrame(text))).toBe("bad_frame");
  });

  test.each([
    ["", "bad_json"],
    ["hi", "bad_json"],
    ['{"message":"hi"', "bad_json"],
    ["\uFEFF{}", "bad_json"],
    ["{}", "bad_frame"],
    ['{"type":"shout","message":"hi"}', "unknown_type"],
    ['{"type":"toString","message":"hi"}', "unknown_type"],
    ['{"type":"__proto__","message":"hi"}', "unknown_type"],
    ['{"type":null,"message":"hi"}', "unknown_type"],
    ['{"type":["message"],"message":"hi"}', "unknown_type"],
  ])("%j is refused as %s", (text, code) => {
    expect(codeOf(decodeClientFrame(text))).toBe(code);
  });
});

describe("text", () => {
  test.each([
    ["message", '{"message":"\\ud800"}'],
    ["edit", '{"type":"edit","messageId":"m","message":"a\\udc00"}'],
    ["reaction", '{"type":"reaction","messageId":"m","emoji":"\\ud83d","on":true}'],
    ["attachment", attachment('"sizeBytes":1', "\\ud800.png")],
  ])("with a lone surrogate is refused in a %s", (_name, text) => {
    const decoded = decodeClientFrame(text);
    expect(decoded).toMatchObject({ ok: false, code: "bad_frame" });
    expect(decoded.ok ? "" : decoded.message).toContain("surrogate");
  });

  test.each(["👩‍👩‍👧‍👦", "\u0000", "‏שלום", "안녕하세요", "\u2028", "e\u0301"])(
    "%j comes through as it is",
    (message) => {
      expect(decodeClientFrame(JSON.stringify({ message }))).toEqual({
        ok: true,
        frame: { type: "message", message },
      });
    },
  );
});

describe("a refusal", () => {
  test("names the client's id when it can be read", () => {
    expect(decodeClientFrame(`{"id":"${clientId}","message":7}`)).toMatchObject({ ok: false, id: clientId });
    expect(decodeClientFrame(`{"id":"${clientId}","type":"shout"}`)).toMatchObject({ id: clientId });
  });

  test("never says back what is not an id", () => {
    expect(decodeClientFrame('{"id":"<script>","message":7}')).not.toHaveProperty("id");
    expect(decodeClientFrame(`{"id":["${clientId}"],"message":7}`)).not.toHaveProperty("id");
    expect(decodeClientFrame(`{"id":"${"-".repeat(36)}","message":7}`)).not.toHaveProperty("id");
  });

  test("stays short however long the unknown field's name is", () => {
    const decoded = decodeClientFrame(JSON.stringify({ message: "hi", ["x".repeat(60_000)]: 1 }));
    expect(decoded.ok ? "" : decoded.message.length).toBeLessThan(300);
  });
});

describe("the size of a frame", () => {
  const around = '{"message":""}'.length;

  test("64 KiB are accepted, one byte more is not", () => {
    const fits = JSON.stringify({ message: "a".repeat(limits.clientFrameBytes - around) });
    expect(codeOf(decodeClientFrame(fits))).toBe("ok");
    expect(codeOf(decodeClientFrame(`${fits} `))).toBe("too_large");
  });

  test("is counted in bytes, not in characters", () => {
    const fits = Math.floor((limits.clientFrameBytes - around) / 3);
    expect(codeOf(decodeClientFrame(JSON.stringify({ message: "안".repeat(fits) })))).toBe("ok");
    expect(codeOf(decodeClientFrame(JSON.stringify({ message: "안".repeat(fits + 1) })))).toBe("too_large");
  });
});

describe("bytes from another part of natter", () => {
  test("are an object or nothing", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const value = decodeObject(bytes);
        expect(value === undefined || Object.prototype.toString.call(value) === "[object Object]").toBe(true);
      }),
    );
    for (const text of ["null", "[]", "1", '"a"', "{", ""])
      expect(decodeObject(new TextEncoder().encode(text))).toBeUndefined();
    expect(decodeObject(new TextEncoder().encode('{"a":1}'))).toEqual({ a: 1 });
  });
});

function attachment(fields: string, name = "a.png"): string {
  return `{"message":"hi","attachments":[{"id":"a","name":"${name}","mimeType":"image/png",${fields}}]}`;
}

/** Objects whose fields are those of frames, with anything in them. */
function looksLikeFrame(): fc.Arbitrary<string> {
  const field = fc.constantFrom(
    "type",
    "id",
    "message",
    "messageId",
    "attachments",
    "emoji",
    "on",
    "__proto__",
  );
  const value = fc.oneof(fc.constantFrom(...Object.keys(clientFrames), clientId), fc.jsonValue());
  return fc
    .array(fc.tuple(field, value))
    .map(
      (fields) =>
        `{${fields.map(([name, content]) => `${JSON.stringify(name)}:${JSON.stringify(content)}`).join(",")}}`,
    );
}
