/** Compares versions as `[major, minor, patch]`. */
export function isOlder(version: readonly number[], than: readonly number[]): boolean {
  for (let index = 0; index < than.length; index++) {
    const difference = (version[index] ?? 0) - (than[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
