import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

/** One line for who lets other machines in, which is a decision and should be one that was made; else `undefined`. */
export function exposureWarning(host: string): string | undefined {
  if (isLoopback(host)) return undefined;
  return `warning: NATTER_HOST is ${host}, so other machines may reach natter, and it trusts whoever does: read SECURITY.md`;
}

/** A name other than localhost may lead anywhere. */
function isLoopback(host: string): boolean {
  const family = isIP(host);
  if (family === 0) return /^(?:.+\.)?localhost\.?$/i.test(host);
  return loopback.check(host, family === 6 ? "ipv6" : "ipv4");
}
