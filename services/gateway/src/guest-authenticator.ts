import { createHash, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parseCookie } from "cookie";
import type { Authenticator, Identity } from "./authenticator.ts";
import { guestNameOf, unnamed } from "./guest-name.ts";

const plainCookie = "natter_guest";
/** A browser takes one of this name only over https and from this very host: no neighbour can plant it. */
const secureCookie = "__Host-natter_guest";
const yearSeconds = 31_536_000;
const tokenPattern = /^[A-Za-z0-9_-]{22,64}$/;

/**
 * Everybody is somebody: a guest is a random token in an httpOnly cookie, and a name of their own choice.
 * Others see an id that is a hash of the token, so seeing a guest does not allow to be one.
 */
export function createGuestAuthenticator(isSecure: (request: IncomingMessage) => boolean): Authenticator {
  return {
    authenticate: (request) => Promise.resolve(identify(request, isSecure(request))),
  };
}

function identify(request: IncomingMessage, isSecure: boolean): Identity {
  const url = new URL(request.url ?? "/", "http://gateway");
  const offered = [url.searchParams.get("guest")].find(isToken);
  const cookies = parseCookie(request.headers.cookie ?? "");
  const remembered = [secureCookie, plainCookie].filter((name) => isToken(cookies[name]));
  const [trusted] = remembered;
  const token = offered ?? (trusted && cookies[trusted]) ?? randomBytes(24).toString("base64url");
  // A page cannot read its HttpOnly cookie, and must not read the same here.
  const isBrowser = request.headers.cookie !== undefined || request.headers.origin !== undefined;
  return {
    id: `guest-${createHash("sha256").update(token).digest("base64url").slice(0, 20)}`,
    ...namedAs(url.searchParams.get("name")),
    scopes: ["chat"],
    ...(isBrowser ? {} : { guestToken: token }),
    setCookies: offered === undefined ? cookiesFor(token, trusted, isSecure) : [],
  };
}

/** Whoever asks for no name gets the usual one; whoever asks for a name that nobody can have gets it, too, and is told. */
function namedAs(wanted: string | null): Pick<Identity, "name" | "hasRefusedName"> {
  if (wanted === null || wanted === "") return { name: unnamed };
  const name = guestNameOf(wanted);
  return name === undefined ? { name: unnamed, hasRefusedName: true } : { name };
}

function isToken(text: string | null | undefined): text is string {
  return typeof text === "string" && tokenPattern.test(text);
}

/** A guest from before https keeps their token, in the better cookie. */
function cookiesFor(token: string, known: string | undefined, isSecure: boolean): string[] {
  const rules = "Path=/; HttpOnly; SameSite=Lax";
  const wanted = isSecure ? secureCookie : plainCookie;
  if (known === secureCookie || known === wanted) return [];
  const cookie = `${wanted}=${token}; ${rules}; Max-Age=${yearSeconds}${isSecure ? "; Secure" : ""}`;
  return known === undefined ? [cookie] : [cookie, `${known}=; ${rules}; Max-Age=0`];
}
