import { describe, expect, test } from "vitest";
import { decodeClientFrame, limits, protocolErrors } from "../../src/index.ts";

function codeOf(emoji: string, on = true): string {
  const decoded = decodeClientFrame(JSON.stringify({ type: "reaction", messageId: "m", emoji, on }));
  return decoded.ok ? "ok" : decoded.code;
}

/** Every code point that Unicode calls an emoji of its own. */
function singleEmoji(): string[] {
  const found: string[] = [];
  for (let code = 0; code <= 0x1ffff; code++) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const character = String.fromCodePoint(code);
    if (/\p{Emoji_Presentation}/u.test(character) && !/\p{Regional_Indicator}/u.test(character))
      found.push(character);
  }
  return found;
}

describe("a reaction takes", () => {
  test.each([
    ["a thumb", "👍"],
    ["a thumb with a tone of skin", "👍🏽"],
    ["a heart in colour", "❤️"],
    ["a heart without the mark for colour", "❤"],
    ["a heart on fire", "❤️‍🔥"],
    ["a keycap", "1️⃣"],
    ["a keycap without the mark for colour", "#⃣"],
    ["a keycap of two digits", "🔟"],
    ["a flag of a country", "🇰🇷"],
    ["the flag of a part of a country", "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}"],
    ["a flag that is joined", "🏳️‍🌈"],
    ["a joined flag without the mark for colour", "🏳‍🌈"],
    ["a family", "👨‍👩‍👧‍👦"],
    ["a family without a gender", "🧑‍🧑‍🧒‍🧒"],
    ["a kiss of two tones of skin", "👩🏻‍❤️‍💋‍👨🏿"],
    ["a kiss without the mark for colour", "👩‍❤‍💋‍👨"],
    ["a handshake of two tones of skin", "🫱🏻‍🫲🏿"],
    ["a profession", "👩🏾‍🚒"],
    ["a person with a gender sign", "🤷🏻‍♀️"],
    ["a direction", "🏃‍➡️"],
    ["an eye in a bubble", "👁️‍🗨️"],
    ["a sign in a circle", "Ⓜ️"],
    ["a sign of Japanese", "㊗️"],
    ["an emoji of the latest Unicode", "\u{1FAEA}"],
    ["a picture that no Unicode has yet", "\u{1FAFD}"],
    ["a cat that only one vendor has", "🐱‍👤"],
  ])("%s", (_name, emoji) => {
    expect(codeOf(emoji)).toBe("ok");
  });

  test("every single emoji, and each with room to spare", () => {
    const all = singleEmoji();
    expect(all.length).toBeGreaterThan(1_000);
    expect(all.filter((emoji) => codeOf(emoji) !== "ok")).toEqual([]);
    expect("👩🏻‍❤️‍💋‍👨🏿".length).toBeLessThan(limits.emojiLength);
  });
});

describe("a reaction refuses as no emoji", () => {
  test.each([
    ["a letter", "a"],
    ["a letter with a mark", "e\u0301"],
    ["a syllable", "가"],
    ["a word", "ok"],
    ["a digit", "1"],
    ["a digit in another font", "𝟙"],
    ["a digit in colour without its key", "1\uFE0F"],
    ["a hash", "#"],
    ["a plus and a one", "+1"],
    ["a name of an emoji", ":+1:"],
    ["a smile of signs", ":-)"],
    ["a dollar", "$"],
    ["a space", " "],
    ["a line break", "\n"],
    ["NUL", "\0"],
    ["a joiner alone", "\u200D"],
    ["a mark for colour alone", "\uFE0F"],
    ["half of a flag", "🇰"],
    ["a flag of no country", "🇽🇽"],
    ["three letters of flags", "🇰🇷🇰"],
    ["a pile of marks", "a\u0301\u0302\u0303\u0304"],
    ["an emoji under a pile of marks", "👍\u0301\u0302\u0303"],
    ["a mark alone", "\u0301"],
    ["two emoji", "👍👍"],
    ["two flags", "🇰🇷🇩🇪"],
    ["an emoji and a letter", "👍a"],
    ["a letter and an emoji", "a👍"],
    ["an emoji and a space", "👍 "],
    ["an emoji and a line break", "👍\n"],
    ["an emoji that ends in a joiner", "👍\u200D"],
    ["an emoji that begins with a joiner", "\u200D👍"],
    ["an emoji that is joined with a letter", "👍\u200Da"],
    ["two tones of skin on one hand", "👍🏽🏽"],
    ["a heart that asks to be text", "❤\uFE0E"],
    ["a hidden text in tags", "👍\u{E0061}\u{E0062}\u{E007F}"],
    ["a hidden text in marks", "👍\u{E0100}\u{E0101}"],
    ["a turner of direction", "\u202E👍"],
    ["a byte order mark before an emoji", "\uFEFF👍"],
  ])("%s", (_name, emoji) => {
    expect(codeOf(emoji)).toBe("bad_emoji");
  });

  test("and says so in a row of its own, with the id of the frame", () => {
    const id = "0190b6d4-7b1a-7c3e-8f00-0123456789ab";
    const frame = { type: "reaction", id, messageId: "m", emoji: "x", on: true };
    expect(decodeClientFrame(JSON.stringify(frame))).toMatchObject({ ok: false, code: "bad_emoji", id });
    expect(protocolErrors.bad_emoji).toMatchObject({ status: 400, temporary: false });
  });

  test("but lets a text that was stored before be taken back", () => {
    expect([codeOf("+1", false), codeOf("x".repeat(limits.emojiLength), false)]).toEqual(["ok", "ok"]);
  });
});
