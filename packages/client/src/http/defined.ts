/** The fields that have a value: a field that is there and `undefined` is another thing where it is sent or merged. */
export function defined<T>(fields: Readonly<Record<string, T | undefined>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(fields).filter((field): field is [string, T] => field[1] !== undefined),
  );
}
