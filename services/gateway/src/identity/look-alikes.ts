/** Names that could be taken for the model or the server, in whatever letters they are written. Pure. */

/** What people and models take for the voice of the system itself, in the languages of the page. */
const reservedWords = [
  "ai",
  "assistant",
  "system",
  "developer",
  "natter",
  "admin",
  "administrator",
  "moderator",
  "인공지능",
  "시스템",
  "관리자",
  "어시스턴트",
];
/** What makes a reserved word no other name: "the AI", "AI (model)", "Natter Support". A name of these words alone is free. */
const companionWords = [
  "the",
  "model",
  "bot",
  "support",
  "server",
  "service",
  "message",
  "team",
  "staff",
  "help",
  "official",
  "지원",
  "고객센터",
  "서버",
  "모델",
  "메시지",
  "공식",
  "봇",
];
/** Korean puts it behind whoever is spoken to. */
const honorific = /님$/u;

/**
 * What is read as a letter of those words: from Unicode's table of confusables (UTS 39), with digits and signs that stand for
 * letters. What NFKC makes a plain letter is not here. `l`, `I`, `1` and `|` are one stroke, so all of them are an `i`.
 */
const lookAlikes: Readonly<Record<string, string>> = {
  a: "4@ɅɐɑΑΔΛαАаᎪᐱᗅᗩᴀ∀∆∧⋀⍺Ⲁⲁꓮ𐊠𐌀𖽀卂Ⱥⱥ",
  d: "ԁᎠᏧᑯᗞᗪᴅꓒꓓĐđ",
  e: "3ǝɘΕЄЕеєҽᎬᴇ€℮⋿ⴹꓰꬲ𐊆𑢦𑢮Ɇɇ",
  i: "Ꮖ!1Il|¡ǃ׀①❶➀➊ıƖǀɩɪɿΙιІіӀӏ۱Ꭵᛁᴉ∣⍳⏽Ⲓⲓⵏꓲꙇꭵ𐊊𐌉𐌠𑣃𖼨丨ᅵاˈƗɨ",
  m: "ʍΜϺМмᎷᗰᛖᴍⲘꓟ𐊰𐌑ɱ",
  n: "ɴΝηипոռⲚꓠ𐔓Ƞƞ",
  o: "0ΟοσОоՕօ۵०০੦૦ଠ୦௦౦೦ഠ൦๐໐ဝ၀ჿዐᴏᴑⲞⲟⵔ〇ꓳꬽ𐊒𐊫𐐄𐐬𐓂𐓪𐔖𑓐𑢵𑣈𑣗𑣠ØøƟ",
  p: "ΡρРрᏢᑭᴘ⍴Ⲣⲣꓑ𐊕Ᵽᵽ",
  r: "ƦʀгᎡᏒᖇᴦⲅꓣꭇꭈꮁ𐒴𖼵𝈖Ɍɍ",
  s: "$5§ƽЅѕՏᏕᏚꓢꜱꮪ𐊖𐐠𐑈𑣁𖼺ȿ",
  t: "+7ΤТтᎢᴛ†⊤⟙Ⲧꓔ𐊗𐊱𐌕𑢼𖼊🝨ŦŧȾⱦ",
  v: "νѴѵ۷Ꮩᐯᴠ∨⋁ⴸꓦꛟꮩ𐔝𑜆𑢠𑣀𖼈𝈍Ʋʋ",
  y: "¥ɣʏΥγУуҮүყᎩᎽᶌỿⲨꓬꭚ𐊲𑢤𑣜𖽃Ɏɏ",
};
const letterOf: ReadonlyMap<string, string> = new Map(
  Object.entries(lookAlikes).flatMap(([letter, others]) =>
    Array.from(others, (other) => [other, letter] as const),
  ),
);
/** Letters in a picture: the first code point of each row from A to Z. */
const pictured = [0x1_f1e6, 0x1_f150, 0x1_f170];
const alphabetLength = 26;
const notAscii = /[^\0-\x7F]/;

const reserved = skeletonsOf(reservedWords);
const companions = skeletonsOf(companionWords);

/**
 * Whether a name, or each word of it, looks like a reserved word, or does so beside a companion. Digits and signs count as
 * letters, or as nothing.
 */
export function isReserved(name: string): boolean {
  return [name, name.replaceAll(/\p{N}/gu, ""), name.replaceAll(/[\p{N}\p{P}\p{S}]/gu, " ")].some((text) => {
    const words = wordsOf(text);
    const spoken = words.filter((word) => !companions.has(word));
    const isJoined = [words, spoken].some((some) => reserved.has(some.join("")));
    return isJoined || (spoken.length > 0 && spoken.every((word) => reserved.has(word)));
  });
}

function skeletonsOf(words: readonly string[]): ReadonlySet<string> {
  return new Set(words.flatMap((word) => [skeletonOf(word), skeletonOf(word.toUpperCase())]));
}

function wordsOf(name: string): string[] {
  return plain(name)
    .split(/[\p{Z}\p{Pd}\p{Pc}.,:/·•]+/u)
    .map((word) => skeletonOf(word).replace(honorific, ""))
    .filter((word) => word !== "");
}

/** What is left of a text for the eye: letters without accents, case or origin. */
function skeletonOf(text: string): string {
  const letters = Array.from(plain(text), (character) => readAs(character)).join("");
  // A narrow `r` and `n` are an `m`.
  return letters
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .replaceAll("rn", "m");
}

function plain(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").normalize("NFC");
}

function readAs(character: string): string {
  const known = letterOf.get(character);
  if (known !== undefined) return known;
  const code = character.codePointAt(0) ?? 0;
  const row = pictured.find((first) => code >= first && code < first + alphabetLength);
  if (row !== undefined) return String.fromCodePoint(0x61 + code - row);
  // The same letter in its other case, but for `L`: only its small form is a stroke.
  const others = notAscii.test(character) ? [character.toUpperCase(), character.toLowerCase()] : [];
  return others.map((other) => letterOf.get(other)).find((letter) => letter !== undefined) ?? character;
}
