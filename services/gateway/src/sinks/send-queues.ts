import { readlinkSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Socket } from "node:net";

/** Hears how many bytes the kernel has for the other end, and how many of the connection it has none of any more. */
type Listener = (queuedBytes: number, takenBytes: number) => void;

interface Watched {
  readonly tcp: Socket;
  readonly listener: Listener;
}

/** The table has a line for each connection of the machine, and is parsed on the thread that serves all of them. */
const restShare = 10;
/** On a machine that is busy with other things a look takes long, and readers must not wait for it as much longer. */
const restMaxMs = 500;
const tables = ["/proc/self/net/tcp", "/proc/self/net/tcp6"];

/**
 * What the kernel has taken for a reader, and the reader has not taken from it. Over loopback, as from a proxy on the
 * same machine, that can be 4 MB of each connection, and Node does not tell. Linux does, in a file with a line for
 * each connection; elsewhere nobody is heard of.
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
  /** The look that somebody asked for, and when it is, of `performance.now()`. */
  #soon: { readonly timer: NodeJS.Timeout; readonly at: number } | undefined;

  /**
   * @param lookMs between two looks that nobody asked for
   * @param readTable what the kernel says in one of its files
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

  /** @returns how to end it; `undefined`: the system does not tell */
  watch(tcp: Socket, listener: Listener): (() => void) | undefined {
    const inode = inodeOf(tcp);
    if (inode === undefined) return undefined;
    this.#watched.set(inode, { tcp, listener });
    return () => void this.#watched.delete(inode);
  }

  /** Somebody waits for what is told. A look that is underway, or was dear, delays the next one. */
  lookIn(delayMs: number): void {
    const at = Math.max(performance.now() + delayMs, this.#restUntil);
    if (this.#soon && this.#soon.at <= at) return;
    clearTimeout(this.#soon?.timer);
    const timer = setTimeout(() => void this.#lookOnce(), at - performance.now());
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
    // Before the kernel is asked: what is given to it meanwhile must not count as taken.
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

/** Inode and size of each queue that is not empty. */
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
