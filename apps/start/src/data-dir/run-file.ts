import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** One process that runs now. People and tools use it to watch, stop or kill a part. */
export interface RunEntry {
  readonly role: "start" | "nats" | "demo-model" | "persistence" | "llm-worker" | "gateway";
  readonly pid: number;
  readonly url: string | null;
  /** ISO 8601 */
  readonly startedAt: string;
}

export interface Run {
  /** An argument of every process of this start, and of no other. Earlier versions wrote none. */
  readonly mark?: string;
  /** Where the file was written; a copy of the folder is another place. */
  readonly dataDir?: string;
  readonly processes: readonly RunEntry[];
}

/** `<data dir>/run.json`: `{mark, dataDir, "processes": [{role, pid, url, startedAt}]}`. */
export class RunFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#path = join(dataDir, "run.json");
  }

  /** What the file says; no process if there is none or it cannot be read. */
  async read(): Promise<Run> {
    try {
      const run = JSON.parse(await readFile(this.#path, "utf8")) as Run;
      return Array.isArray(run.processes) ? run : { processes: [] };
    } catch {
      return { processes: [] };
    }
  }

  /** Replaces the file whole; a reader sees the old or the new one. */
  async write(run: Run): Promise<void> {
    const text = `${JSON.stringify(run, undefined, 2)}\n`;
    const writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, text);
      await rename(`${this.#path}.new`, this.#path);
    });
    // A write that failed was reported to its caller. The next one begins anew: the disk may have room by then.
    this.#writing = writing.catch(() => undefined);
    await writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.#path, { force: true });
  }
}
