import type { IncomingMessage } from "node:http";
import { isLoopback, type Logger } from "@natter/runtime";
import {
  authorityOfAddress,
  hasPortOf,
  isSameOrigin,
  parseAuthority,
  parseOrigin,
  type Authority,
  type Origin,
} from "./authority.ts";
import { Failure } from "../failure.ts";

export interface DoorRules {
  /** The address that the gateway listens on. */
  readonly host: string;
  readonly allowedHosts: readonly Authority[];
  readonly allowedOrigins: readonly Origin[];
  /** Whether people use https. `forwarded`: the proxy states it for each request. */
  readonly tls: "off" | "on" | "forwarded";
}

/** Values of Sec-Fetch-Site for requests of our own pages, and of a person who typed the address. */
const ownSites: ReadonlySet<string | undefined> = new Set([undefined, "same-origin", "none"]);
const addressOfAnother = /^[a-z][a-z0-9+.-]*:\/\/(?<authority>[^/?#]*)/i;
/** Parsers disagree about any other form, such as `//` or `*`. */
const ordinaryTarget = /^(?:https?:\/\/[^/?#\\]+)?(?:$|[?#]|\/(?![/\\]))/i;
const openWarning =
  "others than this machine can reach the gateway: until these settings are set it answers only to loopback names, to NATTER_HOST and to the address that was called, and serves no pages but its own";
/** Destinations of an answer: a script or a person. Any other destination makes it a part of a page, such as an image or a frame. */
const ownUses: ReadonlySet<string | undefined> = new Set([undefined, "empty", "document", "websocket"]);
const guardedPaths = /^\/(?:api|ws)(?:\/|$)/;

/**
 * Decides who may send requests to the gateway. A browser sends requests for any page on the internet, from this machine and with
 * its user's cookies. So the page must be one of ours (Origin, Sec-Fetch-Site). The name of the gateway must be ours as well (Host):
 * a foreign name can point at this machine, and then its pages count as ours.
 */
export class Doorkeeper {
  readonly #rules: DoorRules;
  readonly #listening: Authority | undefined;

  constructor(rules: DoorRules) {
    this.#rules = rules;
    this.#listening = authorityOfAddress(rules.host);
  }

  /** Logs a warning if other machines can reach the gateway and the lists of hosts and origins are not set. */
  warn(logger: Logger): void {
    const { host, allowedHosts, allowedOrigins } = this.#rules;
    if (this.#listening && isLoopback(this.#listening.name)) return;
    const unset = [
      ...(allowedHosts.length === 0 ? ["NATTER_ALLOWED_HOSTS"] : []),
      ...(allowedOrigins.length === 0 ? ["NATTER_ALLOWED_ORIGINS"] : []),
    ];
    if (unset.length > 0) logger.warn({ host, unset }, openWarning);
  }

  /** @param path of the route. @throws Failure `bad_host`, `bad_origin` or `bad_request` */
  check(request: IncomingMessage, path: string): void {
    if (!ordinaryTarget.test(request.url ?? "")) throw new Failure("bad_request", "This is no address here");
    const isGuarded = guardedPaths.test(path);
    const host = askedHost(request);
    if (!host || !this.#isOwnHost(host, request)) throw new Failure("bad_host");
    const { origin } = request.headers;
    if (origin !== undefined && !this.#isOwnOrigin(parseOrigin(origin), host, request))
      throw new Failure("bad_origin");
    // A request without Origin, such as one for an image or a link, can still come from a foreign page. This header tells it.
    const site = request.headers["sec-fetch-site"];
    if (origin === undefined && isGuarded && !ownSites.has(site?.toString())) throw new Failure("bad_origin");
    // Our page shows text of other people, and that text may name any of our addresses as an image.
    if (isGuarded && !ownUses.has(request.headers["sec-fetch-dest"]?.toString()))
      throw new Failure("bad_request", "The API is nothing that a page shows");
  }

  /** Whether the person used https for this request. */
  isSecure(request: IncomingMessage): boolean {
    const { tls } = this.#rules;
    if (tls !== "forwarded") return tls === "on";
    // Each proxy appends a word, so the first word is about the person.
    const [scheme = ""] = String(request.headers["x-forwarded-proto"] ?? "").split(",");
    return scheme.trim().toLowerCase() === "https";
  }

  #isOwnHost(host: Authority, request: IncomingMessage): boolean {
    const arrival = authorityOfAddress(request.socket.localAddress ?? "");
    return (
      isLoopback(host.name) ||
      host.name === this.#listening?.name ||
      host.name === arrival?.name ||
      this.#rules.allowedHosts.some(
        ({ name, port }) => name === host.name && (port === undefined || port === host.port),
      )
    );
  }

  #isOwnOrigin(origin: Origin | undefined, host: Authority, request: IncomingMessage): boolean {
    if (!origin) return false;
    if (this.#rules.allowedOrigins.some((allowed) => isSameOrigin(allowed, origin))) return true;
    if (origin.scheme !== "http" && origin.scheme !== "https") return false;
    const isLocal = isLoopback(origin.name);
    // Otherwise an attacker who can change http traffic could act as one of our pages.
    if (origin.scheme === "http" && !isLocal && this.isSecure(request)) return false;
    const isSameName = origin.name === host.name || (isLocal && isLoopback(host.name));
    return isSameName && hasPortOf(origin, host);
  }
}

/**
 * The name that the request uses for the gateway. If the request names its target in full, that name counts and `Host` does not. A
 * request with two `Host` headers has no name.
 */
function askedHost(request: IncomingMessage): Authority | undefined {
  const target = addressOfAnother.exec(request.url ?? "");
  if (target) return parseAuthority(target.groups?.["authority"] ?? "");
  const [host = "", ...others] = request.headersDistinct["host"] ?? [];
  return others.length === 0 ? parseAuthority(host) : undefined;
}
