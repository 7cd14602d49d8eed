import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { subprotocols } from "@natter/protocol";
import { parseCookie } from "cookie";
import type { Authenticator, Identity } from "./authenticator.ts";
import { guestNameOf, unnamed } from "./guest-name.ts";
import { createGuestToken, isGuestToken } from "./guest-token.ts";

const plainCookie = "natter_guest";
/**
 * A browser accepts a cookie with this prefix only over https and from exactly this host, so no other site can set it. An attacker
 * who can change http traffic, or who has another name of the same site, can set the plain cookie. So with https the plain cookie does
 * not count.
 */
const secureCookie = "__Host-natter_guest";
const yearSeconds = 31_536_000;

/**
 * Every client is a guest: a random token in an httpOnly cookie, and a name of their choice. Other people see a hash of the token as
 * the id, so nobody can use a guest's id to act as the guest.
 */
export function createGuestAuthenticator(isSecure: (request: IncomingMessage) => boolean): Authenticator {
  return {
    authenticate: (request) => Promise.resolve(identify(request, isSecure(request))),
  };
}

function identify(request: IncomingMessage, isSecure: boolean): Identity | undefined {
  const query = queryOf(request);
  const tokens = offeredTokens(request, query);
  // A client with a bad token must not silently become a new guest: its repeated sends would be stored twice.
  if (!tokens.every((token) => isGuestToken(token))) return undefined;
  const [offered] = tokens;
  const cookies = parseCookie(request.headers.cookie ?? "");
  const trusted = isSecure ? [secureCookie] : [secureCookie, plainCookie];
  const known = trusted.map((name) => cookies[name]).find((token) => isGuestToken(token));
  const token = offered ?? known ?? createGuestToken();
  // A page cannot read its HttpOnly cookie, so it must not get the token in an answer.
  const isBrowser = request.headers.cookie !== undefined || request.headers.origin !== undefined;
  return {
    id: `guest-${createHash("sha256").update(token).digest("base64url").slice(0, 20)}`,
    ...namedAs(query.get("name")),
    scopes: ["chat"],
    ...(isBrowser ? {} : { guestToken: token }),
    setCookies: offered === undefined && known === undefined ? [cookieOf(token, isSecure)] : [],
  };
}

/** The part before the question mark may be no valid address. */
function queryOf({ url = "" }: IncomingMessage): URLSearchParams {
  const begin = url.indexOf("?");
  return new URLSearchParams(begin < 0 ? "" : url.slice(begin + 1));
}

/** Without a requested name the guest gets the default name. With a name that nobody may have the guest gets the default name as well,
 * and the answer tells it. */
function namedAs(wanted: string | null): Pick<Identity, "name" | "hasRefusedName"> {
  if (wanted === null || wanted === "") return { name: unnamed };
  const name = guestNameOf(wanted);
  return name === undefined ? { name: unnamed, hasRefusedName: true } : { name };
}

/** The tokens of this request, in order of precedence. */
function offeredTokens({ headers }: IncomingMessage, query: URLSearchParams): string[] {
  const offers = (headers["sec-websocket-protocol"] ?? "").split(",").map((offer) => offer.trim());
  const fromSocket = offers
    .filter((offer) => offer.startsWith(subprotocols.token))
    .map((offer) => Buffer.from(offer.slice(subprotocols.token.length), "base64url").toString());
  const bearer = /^Bearer +(?<token>\S+) *$/i.exec(headers.authorization ?? "")?.groups?.["token"];
  // A proxy may use this header for itself. It counts only if it holds a guest's token.
  const fromHeader = isGuestToken(bearer) ? [bearer] : [];
  return [...fromSocket, ...fromHeader, ...query.getAll("guest").filter((token) => token !== "")];
}

function cookieOf(token: string, isSecure: boolean): string {
  const rules = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${yearSeconds}`;
  return isSecure ? `${secureCookie}=${token}; ${rules}; Secure` : `${plainCookie}=${token}; ${rules}`;
}
