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

/** `<data dir>/run.json`: `{"processes": [{role, pid, url, startedAt}]}`. */
export class RunFile {
  readonly #path: string;
  #writing: Promise<void> = Promise.resolve();

  constructor(dataDir: string) {
    this.#path = join(dataDir, "run.json");
  }

  /** What the file says; nothing if there is none or it cannot be read. */
  async read(): Promise<RunEntry[]> {
    try {
      const { processes } = JSON.parse(await readFile(this.#path, "utf8")) as { processes: RunEntry[] };
      return Array.isArray(processes) ? processes : [];
    } catch {
      return [];
    }
  }

  /** Replaces the file whole; a reader sees the old or the new one. */
  async write(processes: readonly RunEntry[]): Promise<void> {
    const text = `${JSON.stringify({ processes }, undefined, 2)}\n`;
    this.#writing = this.#writing.then(async () => {
      await writeFile(`${this.#path}.new`, text);
      await rename(`${this.#path}.new`, this.#path);
    });
    await this.#writing;
  }

  async remove(): Promise<void> {
    await this.#writing;
    await rm(this.#path, { force: true });
  }
}
