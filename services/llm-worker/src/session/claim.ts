import { randomBytes } from "node:crypto";

const separator = ".";

/**
 * A claim is a random text that the log shows or does not show; after a dot stands how many workers were lost
 * at this prompt before. A handover is no loss, and counting attempts would call it one.
 */
export function createClaim(failures: number): string {
  return `${randomBytes(12).toString("base64url")}${separator}${failures}`;
}

export function failuresOf(claim: string | undefined): number {
  const count = Number(claim?.split(separator)[1]);
  return Number.isInteger(count) && count >= 0 ? count : 0;
}
