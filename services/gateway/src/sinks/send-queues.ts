import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

/** Called with the bytes that the kernel has for the client, and with those that the client has taken. */
type Listener = (queuedBytes: number, takenBytes: number) => void;

interface Watched {
  readonly tcp: Socket;
  readonly listener: Listener;
}

/**
 * After a look of t ms the next one waits for 10 t ms: the table has a line for each connection of the machine, and is
 * parsed on the thread that serves them all.
 */
const restShare = 10;
/** At most so long: on a machine that is busy with other things, a look alone takes long. */
const restMaxMs = 500;
const tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/**
 * Watches the send queues of the kernel: bytes that it has taken and the client has not. Over loopback, as from a proxy on
 * the same machine, these can be 4 MB of each connection, and Node does not show them. Linux shows them in a file with a
 * line for each connection. On other systems nothing is watched.
 */
export class SendQueues {
  readonly #watched = new Map<string, Watched>();
  readonly #lookMs: number;
  readonly #readTable: (path: string) => Promise<string>;
  #isLooking = false;
  #isAskedAgain = false;
  /** Of `performance.now()`. */
  #restUntil = 0;
  #timer: NodeJS.Timeout | undefined;
  /** The next look that was asked for; `at` is of `performance.now()`. */
  #soon: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;

  /**
   * @param lookMs between two looks that nothing asked for
   * @param readTable reads a table of the kernel
   */
  constructor(lookMs: number, readTable = async (path: string): Promise<string> => readFile(path, "latin1")) {
    this.#lookMs = lookMs;
    this.#readTable = readTable;
  }

  start(): void {
    this.#timer = setInterval(() => this.lookIn(0), this.#lookMs);
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#soon?.timer);
    this.#isAskedAgain = false;
  }

  /** @returns a function that ends the watching; `undefined` if the system has no such table */
  watch(tcp: Socket, listener: Listener): (() => void) | undefined {
    const inode = inodeOf(tcp);
    if (inode === undefined) return undefined;
    this.#watched.set(inode, { tcp, listener });
    return () => void this.#watched.delete(inode);
  }

  /** Looks within `delayMs`. A look that is underway, or that took long, delays this one. */
  lookIn(delayMs: number): void {
    const at = Math.max(performance.now() + delayMs, this.#restUntil);
    if (this.#soon && this.#soon.at <= at) return;
    clearTimeout(this.#soon?.timer);
    const timer = setTimeout(() => void this.#lookOnce(), Math.max(0, at - performance.now()));
    this.#soon = { timer, at };
  }

  async #lookOnce(): Promise<void> {
    this.#soon = undefined;
    if (this.#watched.size === 0) return;
    if (this.#isLooking) {
      this.#isAskedAgain = true;
      return;
    }
    const begun = performance.now();
    if (begun < this.#restUntil) return this.lookIn(0);
    this.#isLooking = true;
    try {
      await this.#look();
    } finally {
      const now = performance.now();
      this.#restUntil = now + Math.min(restMaxMs, restShare * (now - begun));
      this.#isLooking = false;
      if (this.#isAskedAgain) this.lookIn(0);
      this.#isAskedAgain = false;
    }
  }

  async #look(): Promise<void> {
    // Counted before the table is read: bytes that are written meanwhile must not count as taken.
    const given = [...this.#watched].map(
      ([inode, { tcp }]) => [inode, tcp.bytesWritten - tcp.writableLength] as const,
    );
    const texts = await Promise.all(tables.map(async (path) => this.#readTable(path).catch(() => "")));
    const queued = new Map(texts.flatMap(rowsOf));
    for (const [inode, givenBytes] of given) {
      const queuedBytes = queued.get(inode) ?? 0;
      this.#watched.get(inode)?.listener(queuedBytes, givenBytes - queuedBytes);
    }
  }
}

/** Inode and size in bytes of each queue that is not empty. */
function rowsOf(text: string): [inode: string, queuedBytes: number][] {
  return text.split("\n").flatMap((line) => {
    const [, , , , queues = "", , , , , inode = ""] = line.trim().split(/\s+/);
    const queuedBytes = Number.parseInt(queues.slice(0, queues.indexOf(":")), 16);
    return queuedBytes > 0 ? [[inode, queuedBytes] as [string, number]] : [];
  });
}

function inodeOf(tcp: Socket): string | undefined {
  const { _handle: handle } = tcp as Socket & { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined || handle.fd < 0) return undefined;
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${handle.fd}`))?.[1];
  } catch {
    return undefined;
  }
}
