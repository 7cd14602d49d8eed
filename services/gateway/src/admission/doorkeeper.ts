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
  /** Where the gateway listens. */
  readonly host: string;
  readonly allowedHosts: readonly Authority[];
  readonly allowedOrigins: readonly Origin[];
  /** Whether people come by https. `forwarded`: the proxy says so for each request. */
  readonly tls: "off" | "on" | "forwarded";
}

/** Sites whose requests are a page's own, or a person's who typed the address. */
const ownSites: ReadonlySet<string | undefined> = new Set([undefined, "same-origin", "none"]);
const addressOfAnother = /^[a-z][a-z0-9+.-]*:\/\/(?<authority>[^/?#]*)/i;
/** Any other, as `//` or `*`, means one thing to one parser and another thing to the next one. */
const ordinaryTarget = /^(?:https?:\/\/[^/?#\\]+)?(?:$|[?#]|\/(?![/\\]))/i;
const openWarning =
  "others than this machine can reach the gateway: until these settings are set it answers only to loopback names, to NATTER_HOST and to the address that was called, and serves no pages but its own";
/** Where an answer goes: to a script or to a person. Anywhere else it is a part of a page, as an image or a frame. */
const ownUses: ReadonlySet<string | undefined> = new Set([undefined, "empty", "document", "websocket"]);
const guardedPaths = /^\/(?:api|ws)(?:\/|$)/;

/**
 * Decides who may speak to the gateway at all. A browser sends what any page on the internet tells it to, from inside of
 * this machine and with its user's cookies. So the page has to be one of ours (Origin, Sec-Fetch-Site), and the name that
 * the page knows us by, too (Host): a foreign name can be pointed at this machine, and then its pages count as ours.
 */
export class Doorkeeper {
  readonly #rules: DoorRules;
  readonly #listening: Authority | undefined;

  constructor(rules: DoorRules) {
    this.#rules = rules;
    this.#listening = authorityOfAddress(rules.host);
  }

  /** Says so if others than this machine can reach the gateway and nobody said by which names and from which pages. */
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
    // Where no Origin is said, as by an image or a link, this says that it was a foreign page.
    const site = request.headers["sec-fetch-site"];
    if (origin === undefined && isGuarded && !ownSites.has(site?.toString())) throw new Failure("bad_origin");
    // A page of ours shows text of other people, which may name any address of ours as an image.
    if (isGuarded && !ownUses.has(request.headers["sec-fetch-dest"]?.toString()))
      throw new Failure("bad_request", "The API is nothing that a page shows");
  }

  /** Whether the person who asks came by https. */
  isSecure(request: IncomingMessage): boolean {
    const { tls } = this.#rules;
    if (tls !== "forwarded") return tls === "on";
    // Each proxy appends: the first word is about the person.
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
    // Whoever can change what http carries would speak as a page of ours.
    if (origin.scheme === "http" && !isLocal && this.isSecure(request)) return false;
    const isSameName = origin.name === host.name || (isLocal && isLoopback(host.name));
    return isSameName && hasPortOf(origin, host);
  }
}

/**
 * The name that the gateway is asked by. A request that names its target in full is about that, whatever its `Host` says. Two
 * hosts are none.
 */
function askedHost(request: IncomingMessage): Authority | undefined {
  const target = addressOfAnother.exec(request.url ?? "");
  if (target) return parseAuthority(target.groups?.["authority"] ?? "");
  const [host = "", ...others] = request.headersDistinct["host"] ?? [];
  return others.length === 0 ? parseAuthority(host) : undefined;
}
