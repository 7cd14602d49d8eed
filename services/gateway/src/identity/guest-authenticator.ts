import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { subprotocols } from "@natter/protocol";
import { parseCookie } from "cookie";
import type { Authenticator, Identity } from "./authenticator.ts";
import { guestNameOf, unnamed } from "./guest-name.ts";
import { createGuestToken, isGuestToken } from "./guest-token.ts";

const plainCookie = "natter_guest";
/**
 * A browser takes one of this name only over https and from this very host: no neighbour can plant it. Whoever can change
 * what http carries, or has another name of the same site, can plant the plain one, so with https that one says nothing.
 */
const secureCookie = "__Host-natter_guest";
const yearSeconds = 31_536_000;

/**
 * Everybody is somebody: a guest is a random token in an httpOnly cookie, and a name of their own choice.
 * Others see an id that is a hash of the token, so seeing a guest does not allow to be one.
 */
export function createGuestAuthenticator(isSecure: (request: IncomingMessage) => boolean): Authenticator {
  return {
    authenticate: (request) => Promise.resolve(identify(request, isSecure(request))),
  };
}

function identify(request: IncomingMessage, isSecure: boolean): Identity | undefined {
  const query = queryOf(request);
  const tokens = offeredTokens(request, query);
  // Whoever means to be somebody must not become somebody new without a word: what they send again would be there twice.
  if (!tokens.every((token) => isGuestToken(token))) return undefined;
  const [offered] = tokens;
  const cookies = parseCookie(request.headers.cookie ?? "");
  const trusted = isSecure ? [secureCookie] : [secureCookie, plainCookie];
  const known = trusted.map((name) => cookies[name]).find((token) => isGuestToken(token));
  const token = offered ?? known ?? createGuestToken();
  // A page cannot read its HttpOnly cookie, and must not read the same here.
  const isBrowser = request.headers.cookie !== undefined || request.headers.origin !== undefined;
  return {
    id: `guest-${createHash("sha256").update(token).digest("base64url").slice(0, 20)}`,
    ...namedAs(query.get("name")),
    scopes: ["chat"],
    ...(isBrowser ? {} : { guestToken: token }),
    setCookies: offered === undefined && known === undefined ? [cookieOf(token, isSecure)] : [],
  };
}

/** What stands before the question mark need not be an address at all. */
function queryOf({ url = "" }: IncomingMessage): URLSearchParams {
  const begin = url.indexOf("?");
  return new URLSearchParams(begin < 0 ? "" : url.slice(begin + 1));
}

/** Whoever asks for no name gets the usual one; whoever asks for a name that nobody can have gets it, too, and is told. */
function namedAs(wanted: string | null): Pick<Identity, "name" | "hasRefusedName"> {
  if (wanted === null || wanted === "") return { name: unnamed };
  const name = guestNameOf(wanted);
  return name === undefined ? { name: unnamed, hasRefusedName: true } : { name };
}

/** The tokens that a client has offered for this request, the one that counts first. */
function offeredTokens({ headers }: IncomingMessage, query: URLSearchParams): string[] {
  const offers = (headers["sec-websocket-protocol"] ?? "").split(",").map((offer) => offer.trim());
  const fromSocket = offers
    .filter((offer) => offer.startsWith(subprotocols.token))
    .map((offer) => Buffer.from(offer.slice(subprotocols.token.length), "base64url").toString());
  const bearer = /^Bearer +(?<token>\S+) *$/i.exec(headers.authorization ?? "")?.groups?.["token"];
  // A proxy may need the header for itself. It is not ours unless it is a guest's.
  const fromHeader = isGuestToken(bearer) ? [bearer] : [];
  return [...fromSocket, ...fromHeader, ...query.getAll("guest").filter((token) => token !== "")];
}

function cookieOf(token: string, isSecure: boolean): string {
  const rules = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${yearSeconds}`;
  return isSecure ? `${secureCookie}=${token}; ${rules}; Secure` : `${plainCookie}=${token}; ${rules}`;
}
