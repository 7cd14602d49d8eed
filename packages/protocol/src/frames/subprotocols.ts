/** What a client offers with its upgrade. A browser lets a page set no header there, and an address is in the log of every proxy. */
export const subprotocols = {
  /** The only one that a server selects. */
  version: "natter.v1",
  /** Before a token's UTF-8 bytes in base64url, without padding. Never selected, so never said back. */
  token: "natter.token.",
} as const;
