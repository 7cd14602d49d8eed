import { createHash } from "node:crypto";

const tokenLength = 32;

/** A guest's token, the same one for the same name. As good as random, so that the gateway takes it. */
export function guestTokenOf(name: string): string {
  return createHash("sha256").update(name).digest("base64url").slice(0, tokenLength);
}
