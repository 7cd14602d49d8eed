import { knowsSyncInterval } from "./version.ts";

/** Who everybody is that knows the secret. */
export const brokerUser = "natter";

export interface ServerOptions {
  readonly port: number;
  readonly storeDir: string;
  readonly version: readonly number[];
  /** What the server calls itself in its greeting, so that whoever started it knows it again. */
  readonly name?: string;
  /** The password of the user `natter`; unset: everybody may connect. Letters, digits, `_` and `-`. */
  readonly secret?: string;
  /** Lines that are added as they are. */
  readonly extra?: string;
}

/**
 * A single server that keeps its promises: what it acknowledged is on the disk, where the server knows how.
 */
export function configurationOf(options: ServerOptions): string {
  const { port, storeDir, version, name, secret, extra } = options;
  const greeting = name === undefined ? "" : `server_name: "${name}"\n`;
  const users =
    secret === undefined ? "" : `authorization { user: "${brokerUser}", password: "${secret}" }\n`;
  const sync = knowsSyncInterval(version) ? "  sync_interval: always\n" : "";
  return `listen: "127.0.0.1:${port}"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
ping_interval: "20s"
ping_max: 2
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
${sync}}
${greeting}${users}${extra ?? ""}
`;
}
