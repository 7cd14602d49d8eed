import { readFile } from "node:fs/promises";

/** Resident memory of one process of the deployment, once a second. */
export interface MemorySeries {
  readonly pid: number;
  readonly bytes: readonly number[];
}

/** Watches processes of this machine. Linux only: it reads /proc. */
export class MemoryWatch {
  readonly #series: ReadonlyMap<number, number[]>;

  constructor(pids: readonly number[]) {
    this.#series = new Map(pids.map((pid) => [pid, []]));
  }

  get series(): readonly MemorySeries[] {
    return [...this.#series].map(([pid, bytes]) => ({ pid, bytes }));
  }

  /** A process that has ended keeps the values that it had. */
  async sample(): Promise<void> {
    await Promise.all(
      [...this.#series].map(async ([pid, bytes]) => bytes.push(...(await residentBytes(pid)))),
    );
  }
}

/** @returns one value, or none if there is no such process */
async function residentBytes(pid: number): Promise<number[]> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  return kilobytes === undefined ? [] : [Number(kilobytes) * 1_024];
}

/**
 * By how many percent the memory of all processes together grew from the second quarter of the run to the last one. The first
 * quarter is left out: caches fill and the heap finds its size in it. `undefined`: there are too few values.
 */
export function growthPercent(series: readonly MemorySeries[]): number | undefined {
  const length = Math.min(...series.map(({ bytes }) => bytes.length));
  if (series.length === 0 || length < 8) return undefined;
  const total = Array.from({ length }, (_, second) =>
    series.reduce((sum, { bytes }) => sum + (bytes[second] ?? 0), 0),
  );
  const quarter = Math.floor(length / 4);
  const before = median(total.slice(quarter, quarter * 2));
  return ((median(total.slice(-quarter)) - before) / before) * 100;
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? 0;
}
