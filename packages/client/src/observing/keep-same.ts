/**
 * `next`, with each field of `previous` that has an equal value in its place, so that `===` tells what changed. If all fields
 * are equal it is `previous` itself.
 */
export function keepSame<T extends object>(previous: T | undefined, next: T): T {
  if (!previous) return next;
  const kept = { ...next };
  let isSame = Object.keys(previous).length === Object.keys(next).length;
  for (const field of Object.keys(next) as (keyof T & string)[]) {
    if (previous[field] === next[field]) continue;
    const isEqual =
      typeof next[field] === "object" && JSON.stringify(previous[field]) === JSON.stringify(next[field]);
    if (isEqual) kept[field] = previous[field];
    else isSame = false;
  }
  return isSame ? previous : kept;
}
