/** Who a request is addressed to, and where a page comes from, in one spelling for each. Pure. */
import { isIPv6 } from "node:net";

/** A host's name in lower case, without a dot at its end; of IPv6 with its brackets. The port only if it was said. */
export interface Authority {
  readonly name: string;
  readonly port: number | undefined;
}

/** Of a page: its scheme, and the port that the scheme has if none was said. */
export interface Origin {
  readonly scheme: string;
  readonly name: string;
  readonly port: number | undefined;
}

/** Nothing that only an address with a path, a user or an escape has: such a text says one host and means another. */
const authorityShape = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?$/i;
const originShape = /^(?<scheme>[a-z][a-z0-9+.-]*):\/\/(?<authority>[^/]+)$/i;
const defaultPorts: Readonly<Record<string, number>> = { http: 80, https: 443 };

export function parseAuthority(text: string): Authority | undefined {
  const shape = authorityShape.exec(text);
  // The parser of URLs knows all spellings of an address, as browsers do.
  const url = shape ? URL.parse(`http://${text}`) : null;
  if (!shape || !url) return undefined;
  const port = shape.groups?.["port"];
  return { name: plainName(url.hostname), port: port === undefined ? undefined : Number(port) };
}

/** The authority of an address as a socket says it. */
export function authorityOfAddress(address: string): Authority | undefined {
  const [bare = ""] = address.split("%");
  return parseAuthority(isIPv6(bare) ? `[${bare}]` : bare);
}

/** `undefined` for what is no origin, and so for `null`, which a page without one says. */
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

/** Whether the origin has the authority's port: a host that says none is asked at the scheme's. */
export function hasPortOf(origin: Origin, { port }: Authority): boolean {
  return origin.port === (port ?? defaultPorts[origin.scheme]);
}

/** `[::ffff:7f00:1]` is the IPv4 address 127.0.0.1 in the words of IPv6. */
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
