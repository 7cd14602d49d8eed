import { knowsSyncInterval } from "./version.ts";

export interface ServerOptions {
  readonly port: number;
  readonly storeDir: string;
  readonly version: readonly number[];
  /** Lines that are added as they are. */
  readonly extra?: string;
}

/**
 * A single server that keeps its promises: what it acknowledged is on the disk, where the server knows how.
 */
export function configurationOf({ port, storeDir, version, extra }: ServerOptions): string {
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
${extra ?? ""}
`;
}
