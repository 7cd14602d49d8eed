import { describe, expect, test } from "vitest";
import { EnterPolicy, type EnterKey } from "../src/composer/enter-policy.ts";

const plain: EnterKey = { key: "Enter", code: "Enter", keyCode: 13, isComposing: false, shiftKey: false };
const composing: EnterKey = { ...plain, keyCode: 229, isComposing: true };
/** Windows hides which key it was. */
const processed: EnterKey = { ...composing, key: "Process" };

function composed(text: string): EnterPolicy {
  const policy = new EnterPolicy();
  policy.compositionStart();
  policy.compositionUpdate(text);
  return policy;
}

describe("Enter", () => {
  test("without an input method sends; with Shift it breaks the line; other keys are none of its business", () => {
    const policy = new EnterPolicy();
    expect(policy.keyDown(plain)).toBe("send");
    expect(policy.keyDown({ ...plain, code: "NumpadEnter" })).toBe("send");
    expect(policy.keyDown({ ...plain, shiftKey: true })).toBe("leave");
    expect(policy.keyDown({ ...plain, key: "a", code: "KeyA", keyCode: 65 })).toBe("leave");
  });

  test.each([
    ["Chrome on a Mac", composing],
    ["Windows", processed],
  ])("in a Korean syllable waits for its end and then sends, once: %s", (_where, key) => {
    const policy = composed("요");
    expect(policy.keyDown(key)).toBe("wait");
    expect(policy.compositionEnd("요")).toBe(true);
    policy.compositionStart();
    policy.compositionUpdate("가");
    expect(policy.compositionEnd("가")).toBe(false);
  });

  test.each(["ㅎ", "한", "ᄒ", "안녕하세요"])("knows %s to be Korean", (text) => {
    expect(composed(text).keyDown(composing)).toBe("wait");
  });

  test("sends where the composition ends before the key is reported, as in Safari", () => {
    const policy = composed("요");
    expect(policy.compositionEnd("요")).toBe(false);
    expect(policy.keyDown({ ...composing, isComposing: false })).toBe("send");
  });

  test.each(["日本", "你好", "にほん", "ニホン", "nihao"])(
    "only confirms %s, also where it is reported late",
    (text) => {
      const policy = composed(text);
      expect(policy.keyDown(composing)).toBe("leave");
      expect(policy.compositionEnd(text)).toBe(false);
      expect(policy.keyDown({ ...composing, isComposing: false })).toBe("leave");
      expect(policy.keyDown(plain)).toBe("send");
    },
  );

  test("forgets what a composition was about when the next one begins", () => {
    const policy = composed("요");
    policy.compositionEnd("요");
    policy.compositionStart();
    policy.compositionUpdate("日本");
    expect(policy.keyDown(composing)).toBe("leave");
  });
});
