import { knowsSyncInterval } from "./version.ts";

export interface ServerOptions {
  readonly port: number;
  readonly storeDir: string;
  readonly version: readonly number[];
  /** What the server asks of every client; it goes into the configuration, so write that for its user alone. */
  readonly token?: string;
  /** Lines that are added as they are. */
  readonly extra?: string;
}

/**
 * A single server that keeps its promises: what it acknowledged is on the disk, where the server knows how.
 */
export function configurationOf({ port, storeDir, version, token, extra }: ServerOptions): string {
  const sync = knowsSyncInterval(version) ? "  sync_interval: always\n" : "";
  const authorization = token === undefined ? "" : `authorization {\n  token: ${JSON.stringify(token)}\n}\n`;
  return `listen: "127.0.0.1:${port}"
max_payload: 1MB
max_pending: 64MB
write_deadline: "10s"
ping_interval: "20s"
ping_max: 2
jetstream {
  store_dir: ${JSON.stringify(storeDir)}
${sync}}
${authorization}${extra ?? ""}
`;
}
