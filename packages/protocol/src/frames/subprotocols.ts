/** What a client offers with its upgrade. A page cannot set a header there, and proxies log every address. */
export const subprotocols = {
  /** The only one that a server selects. */
  version: "natter.v1",
  /** Before a token's UTF-8 bytes in base64url, without padding. The server never selects it, so it never sends it back. */
  token: "natter.token.",
} as const;
