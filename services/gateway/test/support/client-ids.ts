import { randomUUIDv7 } from "node:crypto";

/** A client's id of this moment: the broker alone checks it. */
export function youngId(): string {
  return randomUUIDv7();
}
