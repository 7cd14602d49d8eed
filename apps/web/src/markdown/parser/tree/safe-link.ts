/** What a link may lead to: another page, or a person. Whatever else an address can do is not a model's to offer. */
const protocols = new Set(["http:", "https:", "irc:", "ircs:", "mailto:", "tel:", "xmpp:"]);

export function isSafeLink(address: string): boolean {
  // As browsers read it: blanks and line breaks within a protocol do not make it another one.
  const base = "https://natter.invalid/";
  return URL.canParse(address, base) && protocols.has(new URL(address, base).protocol);
}
