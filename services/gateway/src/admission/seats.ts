import type { Server, Socket } from "node:net";
import { Failure } from "../failure.ts";

/** Beyond the readers there are those who only ask for something, and are answered soon. */
const spareConnections = 1_024;

/** How many readers this process has room for. A connection has at most one seat, and keeps it until it is closed. */
export class Seats {
  readonly #max: number;
  readonly #taken = new Set<Socket>();

  constructor(max: number) {
    this.#max = max;
  }

  /** Whoever comes when even the spare ones are in use is not heard at all. */
  limit(server: Server): void {
    server.maxConnections = this.#max + spareConnections;
  }

  /** @throws Failure `temporary` if none is left */
  take(connection: Socket): void {
    if (this.#taken.has(connection)) return;
    if (this.#taken.size >= this.#max)
      throw new Failure("temporary", "This gateway serves as many as it can");
    // One that is closed already would never leave.
    if (connection.destroyed) return;
    this.#taken.add(connection);
    connection.once("close", () => this.#taken.delete(connection));
  }
}
