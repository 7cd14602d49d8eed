/**
 * The protocols that a link may have: they lead to another page or to a person. A model may offer nothing
 * else.
 */
const protocols = new Set(["http:", "https:", "irc:", "ircs:", "mailto:", "tel:", "xmpp:"]);

export function isSafeLink(address: string): boolean {
  // Parsed as a browser does: blanks and line breaks within a protocol do not change it.
  const base = "https://natter.invalid/";
  return URL.canParse(address, base) && protocols.has(new URL(address, base).protocol);
}
