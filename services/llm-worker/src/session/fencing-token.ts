import { randomBytes } from "node:crypto";

/**
 * The text by which the log knows one attempt's claim, for example `Zk3v0aQxT1uYw8Lm.2`. A random part makes it
 * unique. The number after the dot counts the workers that were lost at this prompt before. It is not the number
 * of attempts: a handover is an attempt too, but no worker is lost by it.
 */
export type FencingToken = string;

const separator = ".";

/** @param failures workers that were lost at this prompt before */
export function createFencingToken(failures: number): FencingToken {
  return `${randomBytes(12).toString("base64url")}${separator}${failures}`;
}

/** How many workers were lost before the claim with this token; 0 without a token, or if it is malformed. */
export function failuresOf(token: FencingToken | undefined): number {
  const count = Number(token?.split(separator)[1]);
  return Number.isInteger(count) && count >= 0 ? count : 0;
}
