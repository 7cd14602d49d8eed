import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parseCookie } from "cookie";
import { cutText, limits } from "@natter/protocol";
import type { Authenticator, Identity } from "./authenticator.ts";

const cookieName = "natter_guest";
const tokenOffer = "natter.token.";
const yearSeconds = 31_536_000;
const tokenPattern = /^[A-Za-z0-9_-]{22,64}$/;

/**
 * Everybody is somebody: a guest is a random token in an httpOnly cookie, and a name of their own choice.
 * Others see an id that is a hash of the token, so seeing a guest does not allow to be one.
 */
export function createGuestAuthenticator(): Authenticator {
  return {
    authenticate: (request) => Promise.resolve(identify(request)),
  };
}

function identify(request: IncomingMessage): Identity {
  const url = new URL(request.url ?? "/", "http://gateway");
  const known = [
    ...offeredTokens(request),
    url.searchParams.get("guest"),
    parseCookie(request.headers.cookie ?? "")[cookieName],
  ].find((token) => token !== null && token !== undefined && tokenPattern.test(token));
  const token = known ?? randomBytes(24).toString("base64url");
  return {
    id: `guest-${createHash("sha256").update(token).digest("base64url").slice(0, 20)}`,
    name: readName(url.searchParams.get("name")),
    scopes: ["chat"],
    guestToken: token,
    ...(known === undefined ? { setCookie: cookieOf(token) } : {}),
  };
}

/** A browser lets a page set no header of a socket, so there the token is one of the sub-protocols that it offers. */
function offeredTokens({ headers }: IncomingMessage): string[] {
  const offers = (headers["sec-websocket-protocol"] ?? "").split(",").map((offer) => offer.trim());
  const fromSocket = offers
    .filter((offer) => offer.startsWith(tokenOffer))
    .map((offer) => Buffer.from(offer.slice(tokenOffer.length), "base64url").toString());
  return [...fromSocket, (headers.authorization ?? "").replace(/^Bearer +/i, "")];
}

const joinersAndControls =
  /(?<joiner>(?<=[\p{L}\p{M}\p{So}\p{Sk}])[\u200C\u200D](?=[\p{L}\p{M}\p{So}]))|\p{C}/gu;

/**
 * Line breaks and other control characters would let a name pretend to be something else. Joiners stay where they join: families
 * of emoji are made with them, and words of Persian and of languages of India.
 */
function readName(text: string | null): string {
  const kept = (text ?? "").replaceAll(joinersAndControls, "$<joiner>");
  const name = cutText(kept.trim(), limits.userNameLength);
  return name === "" ? "Guest" : name;
}

function cookieOf(token: string): string {
  return `${cookieName}=${token}; Path=/; Max-Age=${yearSeconds}; HttpOnly; SameSite=Lax`;
}
