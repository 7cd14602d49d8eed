import { randomBytes } from "node:crypto";
import { limits } from "@natter/protocol";

const shape = new RegExp(`^[A-Za-z0-9_-]{${limits.guestTokenLength}}$`);
/** Random letters are hardly ever of one kind alone: 1 of 100,000,000,000 tokens. */
const oneKind = [/^[a-z_-]*$/, /^[A-Z_-]*$/, /^[0-9a-f_-]*$/i];
const bytesPerToken = (limits.guestTokenLength * 3) / 4;

export function createGuestToken(): string {
  for (;;) {
    const token = randomBytes(bytesPerToken).toString("base64url");
    if (isGuestToken(token)) return token;
  }
}

/**
 * Whether a token is like those that this server and its client package make: as long, and as good as random. Whoever
 * chose a token by hand could be guessed, and then everything of theirs is somebody else's, too.
 */
export function isGuestToken(text: unknown): text is string {
  return (
    typeof text === "string" &&
    shape.test(text) &&
    new Set(text).size >= limits.guestTokenLetters &&
    !oneKind.some((kind) => kind.test(text)) &&
    !repeatsItself(text) &&
    stepsOf(text) <= limits.guestTokenSteps
  );
}

function repeatsItself(text: string): boolean {
  return (text + text).indexOf(text, 1) < text.length;
}

/** Letters that follow their neighbour as in an alphabet, forwards or backwards, or are the same. */
function stepsOf(text: string): number {
  const codes = Array.from(text, (letter) => letter.charCodeAt(0));
  return codes.filter((code, index) => index > 0 && Math.abs(code - (codes[index - 1] ?? 0)) <= 1).length;
}
