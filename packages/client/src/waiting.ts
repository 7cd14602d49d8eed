/** For promises whose end can be seen in another way, too: nobody has to wait for them. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

/** Rejects with `message` if it takes longer than `ms`. */
export function withinTime<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(message)), ms);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
