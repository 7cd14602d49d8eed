import type { NodeConnectionOptions } from "@nats-io/transport-node";

/**
 * What the client needs to reach the broker of a URL: `nats://host:4222`, and where the broker asks for it
 * `nats://token@host:4222` or `nats://user:password@host:4222`. The client's own reader of URLs drops what is before the `@`.
 * `tls://` means that nothing is said before the connection is encrypted.
 */
export function parseBrokerUrl(url: string): NodeConnectionOptions {
  const [, scheme = "nats", rest = ""] = /^([a-z]+):\/\/(.*)$/s.exec(url) ?? [];
  const at = rest.lastIndexOf("@");
  const servers = `${scheme}://${rest.slice(at + 1)}`;
  return {
    servers,
    ...credentialsIn(rest.slice(0, Math.max(at, 0))),
    ...(scheme === "tls" ? { tls: {} } : {}),
  };
}

function credentialsIn(text: string): Pick<NodeConnectionOptions, "token" | "user" | "pass"> {
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
