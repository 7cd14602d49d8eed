/** Hosts and origins of requests, each in one spelling. Pure. */
import { isIPv6 } from "node:net";

/** A host's name in lower case, without a trailing dot. An IPv6 address has its brackets. The port is there only if it was given. */
export interface Authority {
  readonly name: string;
  readonly port: number | undefined;
}

/** The origin of a page: its scheme, and its port or the scheme's default port. */
export interface Origin {
  readonly scheme: string;
  readonly name: string;
  readonly port: number | undefined;
}

/** Without characters of a path, a user or an escape: a text with them shows one host and means another. */
const authorityShape = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/i;
const originShape = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<authority>[^/]+)$/i;
const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

export function parseAuthority(text: string): Authority | undefined {
  const shape = authorityShape.exec(text);
  // The URL parser knows all spellings of an address, as browsers do.
  const url = shape ? URL.parse(`http://${text}`) : null;
  if (!shape || !url) return undefined;
  const port = shape.groups?.["port"];
  return { name: plainName(url.hostname), port: port === undefined ? undefined : Number(port) };
}

/** The authority of an address as a socket reports it. */
export function authorityOfAddress(address: string): Authority | undefined {
  const [bare = ""] = address.split("%");
  return parseAuthority(isIPv6(bare) ? `[${bare}]` : bare);
}

/** `undefined` for a text that is no origin, and for `null`, which a page without an origin sends. */
export function parseOrigin(text: string): Origin | undefined {
  const { scheme, authority: authorityText } = originShape.exec(text)?.groups ?? {};
  const authority = parseAuthority(authorityText ?? "");
  if (scheme === undefined || !authority) return undefined;
  const lower = scheme.toLowerCase();
  return { scheme: lower, name: authority.name, port: authority.port ?? defaultPorts[lower] };
}

export function isSameOrigin(left: Origin, right: Origin): boolean {
  return left.scheme === right.scheme && left.name === right.name && left.port === right.port;
}

/** Whether the origin has the authority's port. A host without a port means the scheme's default port. */
export function hasPortOf(origin: Origin, { port }: Authority): boolean {
  return origin.port === (port ?? defaultPorts[origin.scheme]);
}

/** `[::ffff:7f00:1]` is the IPv4 address 127.0.0.1 in IPv6 notation. */
const mapped = /^\[::ffff:(?<high>[0-9a-f]{1,4}):(?<low>[0-9a-f]{1,4})\]$/;

function plainName(hostname: string): string {
  const { high, low } = mapped.exec(hostname)?.groups ?? {};
  if (high === undefined || low === undefined) return hostname.replace(/\.$/, "");
  const bytes = [high, low].flatMap((part) => {
    const value = Number.parseInt(part, 16);
    return [value >> 8, value & 0xff];
  });
  return bytes.join(".");
}
