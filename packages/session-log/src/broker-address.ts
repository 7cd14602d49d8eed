import type { NodeConnectionOptions } from "@nats-io/transport-node";

type Credentials = Pick<NodeConnectionOptions, "token" | "user" | "pass">;

interface Address {
  readonly scheme: string;
  /** With the port, if the URL has one. */
  readonly host: string;
  readonly secret: string;
}

/** Only a comma before a scheme parts two addresses: a password may hold commas, too. */
const betweenAddresses = /\s*,\s*(?=[a-z]+:\/\/)/;

/**
 * What the client needs to reach the broker of a URL: `nats://host:4222`, and where the broker asks for it
 * `nats://token@host:4222` or `nats://user:password@host:4222`. The client's own reader of URLs drops what is before the `@`.
 * `tls://` means that nothing is said before the connection is encrypted. The servers of one cluster have commas between them.
 *
 * @throws TypeError if two addresses have different schemes or secrets, because the client uses one of each for all servers
 */
export function parseBrokerUrl(url: string): NodeConnectionOptions {
  const addresses = url.trim().split(betweenAddresses).map(parseAddress);
  const schemes = new Set(addresses.map(({ scheme }) => scheme));
  const secrets = new Set(addresses.flatMap(({ secret }) => secret || []));
  if (schemes.size > 1) throw new TypeError("the servers of one broker need one scheme, nats or tls");
  if (secrets.size > 1) throw new TypeError("the servers of one broker need one secret");
  const servers = addresses.map(({ scheme, host }) => `${scheme}://${host}`);
  return {
    servers,
    ...credentialsIn([...secrets][0] ?? ""),
    ...(schemes.has("tls") ? { tls: {} } : {}),
  };
}

function parseAddress(url: string): Address {
  const [, scheme = "nats", rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(url) ?? [];
  const at = rest.lastIndexOf("@");
  return { scheme, host: rest.slice(at + 1), secret: rest.slice(0, Math.max(at, 0)) };
}

function credentialsIn(text: string): Credentials {
  if (text === "") return {};
  const colon = text.indexOf(":");
  if (colon === -1) return { token: decode(text) };
  return { user: decode(text.slice(0, colon)), pass: decode(text.slice(colon + 1)) };
}

/** A percent sign that encodes nothing is itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
