/** The version that is fetched where none is there. */
export const pinnedVersion = "2.12.15";

/** A server on PATH is used from here on: older ones lack fixes for published weaknesses. */
export const oldestOnPath: readonly number[] = [2, 12, 12];

/** `sync_interval` is known from here on; an older server refuses to start with it. */
const syncIntervalSince: readonly number[] = [2, 10, 0];

/** Numbers of what `nats-server --version` prints; `undefined` if it is something else. */
export function parseVersion(text: string): readonly number[] | undefined {
  const match = /nats-server: v?(\d+)\.(\d+)\.(\d+)/.exec(text);
  return match ? match.slice(1, 4).map(Number) : undefined;
}

export function isAtLeast(version: readonly number[], wanted: readonly number[]): boolean {
  for (const [index, part] of wanted.entries()) {
    const difference = (version[index] ?? 0) - part;
    if (difference !== 0) return difference > 0;
  }
  return true;
}

export function knowsSyncInterval(version: readonly number[]): boolean {
  return isAtLeast(version, syncIntervalSince);
}
