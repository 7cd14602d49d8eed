import type { Language } from "../locale/locale.ts";

const words: Readonly<
  Record<Language, { readonly first: readonly string[]; readonly second: readonly string[] }>
> = {
  en: {
    first: ["Quiet", "Bright", "Early", "Gentle", "Swift", "Curious", "Sunny", "Brave", "Merry", "Calm"],
    second: ["Heron", "Otter", "Maple", "Comet", "Willow", "Robin", "Lynx", "Tern", "Fern", "Hare"],
  },
  ko: {
    first: [
      "조용한",
      "반짝이는",
      "부지런한",
      "다정한",
      "날쌘",
      "궁금한",
      "햇살",
      "용감한",
      "즐거운",
      "느긋한",
    ],
    second: ["왜가리", "수달", "단풍", "혜성", "버들", "울새", "삵", "제비", "고사리", "토끼"],
  },
};

/** A name for a person who has not chosen one. */
export function coinName(language: Language): string {
  const { first, second } = words[language];
  return `${pick(first)} ${pick(second)}`;
}

function pick(from: readonly string[]): string {
  return from[Math.floor(Math.random() * from.length)] ?? "";
}
