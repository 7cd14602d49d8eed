/** The fields that may be missing, and are missing rather than `undefined`. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/**
 * `fields` without those that are `undefined`. JSON has no `undefined`, and a spread of one would hide the value below it, so
 * an optional field of a frame or a fact is there with a value, or not at all.
 */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
