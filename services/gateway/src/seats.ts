import type { Socket } from "node:net";
import { Failure } from "./failure.ts";

/** How many readers this process has room for. A connection has at most one seat, and keeps it until it is closed. */
export class Seats {
  readonly max: number;
  readonly #taken = new Set<Socket>();

  constructor(max: number) {
    this.max = max;
  }

  /** @throws Failure `temporary` if none is left */
  take(connection: Socket): void {
    if (this.#taken.has(connection)) return;
    if (this.#taken.size >= this.max) throw new Failure("temporary", "This gateway serves as many as it can");
    // One that is closed already would never leave.
    if (connection.destroyed) return;
    this.#taken.add(connection);
    connection.once("close", () => this.#taken.delete(connection));
  }
}
