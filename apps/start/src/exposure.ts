import { isLoopback } from "@natter/runtime";

/** One line for who lets other machines in, which is a decision and should be one that was made; else `undefined`. */
export function exposureWarning(host: string): string | undefined {
  if (isLoopback(host.replace(/\.$/, ""))) return undefined;
  return `warning: NATTER_HOST is ${host}, so other machines may reach natter, and it trusts whoever does: read SECURITY.md`;
}
