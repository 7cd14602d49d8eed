const characters: Intl.Segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** One picture, in colour or with a tone of skin. */
const picture = String.raw`\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier})?`;

/**
 * What a keyboard of emoji sends. The first case is what Unicode recommends. The others are for phones: some leave out
 * the mark that asks for colour, and a new phone has pictures that the Unicode of this machine does not know yet.
 */
const emoji = new RegExp(
  String.raw`^(?:\p{RGI_Emoji}|[0-9#*]\uFE0F?\u20E3|${picture}(?:\u200D${picture})*)$`,
  "v",
);

/** Whether `text` is one emoji, as people see it, and nothing else. */
export function isEmoji(text: string): boolean {
  if (!emoji.test(text)) return false;
  const [first] = characters.segment(text);
  return first?.segment === text;
}
