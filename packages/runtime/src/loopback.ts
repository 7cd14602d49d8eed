import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/**
 * Whether a host means this machine, whoever is asked for its address. Another name may lead anywhere, also one that ends in
 * `.localhost`: some systems ask the network for it.
 *
 * @param host a name without a dot at its end, or an address, of IPv6 with its brackets or without
 */
export function isLoopback(host: string): boolean {
  const address = host.startsWith("[") ? host.slice(1, -1) : host;
  const family = isIP(address);
  if (family === 0) return host.toLowerCase() === "localhost";
  return loopback.check(address, family === 6 ? "ipv6" : "ipv4");
}
