import { setTimeout as sleep } from "node:timers/promises";
import type { CloseReason } from "@natter/protocol";

interface ClosableConnection {
  /** Resolves when everything that was read from the client is answered. */
  close(reason: CloseReason): Promise<void>;
}

interface ClosableSocket extends ClosableConnection {
  announceShutdown(afterMs: number): void;
}

/** The open connections of this gateway. Both sets shrink as connections close. */
export interface OpenConnections {
  readonly sockets: Set<ClosableSocket>;
  readonly streams: Set<ClosableConnection>;
}

export function noConnections(): OpenConnections {
  return { sockets: new Set(), streams: new Set() };
}

export interface DrainTimes {
  /** The connections are closed over this time, so that the clients do not all come back elsewhere at once. */
  readonly spreadMs: number;
  /** An ack that is outstanding this long after the last slice is not waited for: its sender tries again. */
  readonly deadlineMs: number;
}

const slices = 20;

/**
 * Sends every socket a shutdown notice, then closes all connections in slices. A socket is served as before until it
 * is its turn.
 */
export async function drain(open: OpenConnections, { spreadMs, deadlineMs }: DrainTimes): Promise<void> {
  for (const socket of open.sockets) socket.announceShutdown(Math.round(Math.random() * spreadMs));
  const closing: Promise<void>[] = [];
  const all = [...open.sockets, ...open.streams];
  const sliceSize = Math.ceil(all.length / slices);
  for (let start = 0; start < all.length; start += sliceSize) {
    const slice = all.slice(start, start + sliceSize);
    closing.push(...slice.map(async (connection) => connection.close("going_away")));
    await sleep(spreadMs / slices);
  }
  await Promise.race([Promise.all(closing), sleep(deadlineMs)]);
}
