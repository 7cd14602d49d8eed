import type { Server, Socket } from "node:net";
import { Failure } from "../failure.ts";

/** Seats beyond those for readers: short requests use them. */
const spareConnections = 1_024;

/** Limits the connections of this process. A connection has at most one seat, and holds it until it is closed. */
export class Seats {
  readonly #max: number;
  readonly #taken = new Set<Socket>();

  constructor(max: number) {
    this.#max = max;
  }

  /** A connection that finds no spare seat is closed at once. */
  limit(server: Server): void {
    server.maxConnections = this.#max + spareConnections;
  }

  /** @throws Failure `temporary` if no seat is left */
  take(connection: Socket): void {
    if (this.#taken.has(connection)) return;
    if (this.#taken.size >= this.#max)
      throw new Failure("temporary", "This gateway serves as many as it can");
    // A closed connection would never release its seat.
    if (connection.destroyed) return;
    this.#taken.add(connection);
    connection.once("close", () => this.#taken.delete(connection));
  }
}
