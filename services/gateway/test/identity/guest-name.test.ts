import { limits } from "@natter/protocol";
import { expect, test } from "vitest";
import { guestNameOf } from "../../src/identity/guest-name.ts";

const marks = (count: number): string => "\u0301\u0302\u0303\u0304\u0305\u0306".slice(0, count);

test.each([
  "AI",
  "ai",
  "Ai",
  " AI ",
  "A I",
  "A.I.",
  "A-I",
  "[AI]",
  "AI!",
  "AI 🤖",
  "AI 2",
  "AI1",
  "A1",
  "Al",
  "A|",
  "4I",
  "@i",
  "ÁÏ",
  "A\u0336I\u0336",
  "А I",
  "АI",
  "АІ",
  "ai\u200D",
  "a\u200Di",
  "A\u3164I",
  "A\u2800I",
  "A\u034FI",
  "A\uFE0FI",
  "A\u202EI",
  "ＡＩ",
  "𝐀𝐈",
  "𝔸𝕀",
  "ᵃᶦ",
  "Ⓐⓘ",
  "⒜⒤",
  "🅐🅘",
  "🅰🅸",
  "🅰️ℹ️",
  "🇦🇮",
  "ᴀɪ",
  "ꓮꓲ",
  "ᎪᏆ",
  "ΑΙ",
  "ΛI",
  "∀I",
  "Aӏ",
  "A丨",
  "Aㅣ",
  "ȺƗ",
  "ⲀⲒ",
  "ⲁⲓ",
  "𐌀𐌉",
  "ᗩI",
  "卂丨",
  "Aǃ",
  "A׀",
  "A➊",
  "AI (model)",
  "the AI",
  "The A.I. Bot",
  "Natter Support",
  "natter server",
  "System message",
  "관리자님",
  "시스템 메시지",
  "System",
  "SYSTEM",
  "ѕуѕтем",
  "sуstem",
  "5y5tem",
  "$ystem",
  "s y s t e m",
  "systern",
  "Assistant",
  "ΑSSISTANT",
  "AI Assistant",
  "ai_assistant",
  "natter",
  "Nаtter",
  "ɴᴀᴛᴛᴇʀ",
  "natter AI",
  "Developer",
  "DEVELOPER",
  "admin",
  "Adrnin",
  "Moderator",
  "시스템",
  "인공지능",
])("a name that looks like the model's or the server's - is nobody's: %j", (name) => {
  expect(guestNameOf(name)).toBeUndefined();
});

test.each([
  "Ann",
  "Ali",
  "Aida",
  "AL",
  "Kai",
  "Mai",
  "Lia",
  "Ain",
  "Sam Altman",
  "Asystematic",
  "Kim AI lab",
  "Systema",
  "Natalie",
  "Аня",
  "Лев",
  "Ελένη",
  "김철수",
  "조용한 왜가리",
  "Quiet Heron",
  "愛",
  "あい",
  "🎉",
  "🇰🇷",
  "O'Neil-Smith",
  "José",
  "Nguyễn Thị Ánh",
  "12",
  ".",
])(
  "a name that looks like the model's or the server's - is anybody's if it only begins like one, or is none: %j",
  (name) => {
    expect(guestNameOf(name)).toBe(name);
  },
);

test.each([
  " ",
  "\t\n",
  "\u00A0\u2003\u3000",
  "\u3164",
  "\u3164\u3164 \u3164",
  "\uFFA0",
  "\u115F\u1160",
  "\u2800",
  "\u2800 \u2800",
  "\u200B\u200C\u200D\u2060\uFEFF",
  "\u00AD",
  "\u034F",
  "\u180E",
  "\u17B4",
  "\uFE0F",
  "\u{E0041}\u{E007F}",
  "\u{E0100}",
  "\u{1D159}",
  "\u{16FE4}",
  "\u202E",
  "\0",
  "\u0301",
  "\u0301\u0302",
  "\u{F0000}",
  "\u0378",
])("a name that nobody can see - is refused: %j", (name) => {
  expect(guestNameOf(name)).toBeUndefined();
});

test("a name that nobody can see - is not one that has something to see beside it", () => {
  expect(guestNameOf("\u3164Ann\u2800\u00AD")).toBe("Ann");
  expect(guestNameOf("Ann\u3000Lee")).toBe("Ann Lee");
});

test("marks on a letter of a name - may be as many as scripts need, and no pile", () => {
  expect(guestNameOf(`Q${marks(limits.nameMarks)}ue`)).toBe(`Q${marks(limits.nameMarks)}ue`);
  expect(guestNameOf(`Q${marks(limits.nameMarks + 1)}ue`)).toBeUndefined();
  expect(guestNameOf(`Q${"\u0489".repeat(60)}`)).toBeUndefined();
});

test.each(["क्षत्रिय", "สวัสดีค่ะ", "שָׁלוֹם", "مُحَمَّد", "Việt", "ង្គ្រាំ", "👩🏽‍🚀", "1️⃣ Kim", "❤️"])(
  "marks on a letter of a name - of %j are the script's own",
  (name) => {
    expect(guestNameOf(name)).toBe(name);
  },
);
