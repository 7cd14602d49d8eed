import { expect, test } from "vitest";
import { EnterPolicy, type EnterKey } from "../src/composer/enter-policy.ts";

const plain: EnterKey = { key: "Enter", code: "Enter", keyCode: 13, isComposing: false, shiftKey: false };
const composing: EnterKey = { ...plain, keyCode: 229, isComposing: true };
/** Windows does not report which key it was. */
const processed: EnterKey = { ...composing, key: "Process" };

function composed(text: string): EnterPolicy {
  const policy = new EnterPolicy();
  policy.compositionStart();
  policy.compositionUpdate(text);
  return policy;
}

test("enter policy - Enter without an input method sends, Shift+Enter breaks the line, other keys do nothing", () => {
  const policy = new EnterPolicy();
  expect(policy.keyDown(plain)).toBe("send");
  expect(policy.keyDown({ ...plain, code: "NumpadEnter" })).toBe("send");
  expect(policy.keyDown({ ...plain, shiftKey: true })).toBe("leave");
  expect(policy.keyDown({ ...plain, key: "a", code: "KeyA", keyCode: 65 })).toBe("leave");
});

test.each([
  ["Chrome on a Mac", composing],
  ["Windows", processed],
])("enter policy - Enter in a Korean syllable waits for its end and then sends once: %s", (_where, key) => {
  const policy = composed("요");
  expect(policy.keyDown(key)).toBe("wait");
  expect(policy.compositionEnd("요")).toBe(true);
  policy.compositionStart();
  policy.compositionUpdate("가");
  expect(policy.compositionEnd("가")).toBe(false);
});

test.each(["ㅎ", "한", "ᄒ", "안녕하세요"])("enter policy - %s is Korean", (text) => {
  expect(composed(text).keyDown(composing)).toBe("wait");
});

test("enter policy - Enter sends where the composition ends before the key is reported, as in Safari", () => {
  const policy = composed("요");
  expect(policy.compositionEnd("요")).toBe(false);
  expect(policy.keyDown({ ...composing, isComposing: false })).toBe("send");
});

test.each(["日本", "你好", "にほん", "ニホン", "nihao"])(
  "enter policy - Enter only confirms %s, also where it is reported late",
  (text) => {
    const policy = composed(text);
    expect(policy.keyDown(composing)).toBe("leave");
    expect(policy.compositionEnd(text)).toBe(false);
    expect(policy.keyDown({ ...composing, isComposing: false })).toBe("leave");
    expect(policy.keyDown(plain)).toBe("send");
  },
);

test("enter policy - a new composition begins without the state of the last one", () => {
  const policy = composed("요");
  policy.compositionEnd("요");
  policy.compositionStart();
  policy.compositionUpdate("日本");
  expect(policy.keyDown(composing)).toBe("leave");
});
