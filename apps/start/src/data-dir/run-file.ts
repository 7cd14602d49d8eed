import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One process that runs now. People and tools watch, stop or kill it by this entry. */
export interface RunEntry {
  readonly role: "start" | "nats" | "demo-model" | "persistence" | "llm-worker" | "gateway";
  readonly pid: number;
  readonly url: string | null;
  /** ISO 8601 */
  readonly startedAt: string;
}

export interface Run {
  /** An argument of every process of this start, and of no other process. Earlier versions wrote none. */
  readonly mark?: string;
  /** Where the file was written. A copy of the folder is another place. */
  readonly dataDir?: string;
  readonly processes: readonly RunEntry[];
}

/** A process of this start. Without a pid it does not run now. */
export interface RunningProcess {
  readonly plan: { readonly role: RunEntry["role"] };
  readonly pid: number | undefined;
  readonly url: string | undefined;
  readonly startedAt: Date;
}

/** The entries of this process, the start itself, and of those that run. */
export function runEntriesOf(startedAt: Date, processes: Iterable<RunningProcess>): RunEntry[] {
  const start = { plan: { role: "start" }, pid: process.pid, url: undefined, startedAt } as const;
  return [start, ...processes].flatMap(({ plan: { role }, pid, url = null, startedAt: at }) =>
    pid === undefined ? [] : [{ role, pid, url, startedAt: at.toISOString() }],
  );
}

/** `<data dir>/run.json`: `{mark, dataDir, "processes": [{role, pid, url, startedAt}]}`. */
export class RunFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#path = join(dataDir, "run.json");
  }

  /** No process if there is no file, or if it cannot be read. */
  async read(): Promise<Run> {
    try {
      const run = JSON.parse(await readFile(this.#path, "utf8")) as Run;
      return Array.isArray(run.processes) ? run : { processes: [] };
    } catch {
      return { processes: [] };
    }
  }

  /** Replaces the file whole, so that a reader sees the old text or the new one. */
  async write(run: Run): Promise<void> {
    const text = `${JSON.stringify(run, undefined, 2)}\n`;
    const writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, text);
      await rename(`${this.#path}.new`, this.#path);
    });
    // The caller of a failed write gets its error. The next write tries again: the disk may have room by then.
    this.#writing = writing.catch(() => undefined);
    await writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.#path, { force: true });
  }
}
