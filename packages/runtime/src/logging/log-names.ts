import { createHmac, randomBytes } from "node:crypto";

/**
 * Where a session's id stands in a line of a log: as a field, also in JSON within JSON, at the end of a subject other than of
 * a question, in an address.
 * `sessionId` may be a part of a longer name.
 */
const places =
  /(?<before>sessionId\\*"\s*:\s*\\*"|\bnatter\.(?!rpc\b)[a-z]+\.|\/(?:ws\/chat|api\/sessions)\/)(?<id>[A-Za-z0-9_%-]+)/g;
const tokens = /(?<before>[?&](?:guest|token)=)[^&\s"\\]+/g;
const digestLength = 12;

/**
 * Makes what replaces each session id in a line by a name that tells sessions apart and opens none: whoever knows an id can
 * read and write the session, and logs go to many places.
 *
 * @param key the same in processes whose lines are to be compared; without one a random key
 */
export function createLogNames(key: string = randomBytes(16).toString("hex")): (line: string) => string {
  const nameOf = (id: string): string =>
    `s.${createHmac("sha256", key).update(id).digest("base64url").slice(0, digestLength)}`;
  return (line) =>
    line
      .replaceAll(places, (_match, before: string, id: string) => before + nameOf(id))
      .replaceAll(tokens, "$<before>[secret]");
}
