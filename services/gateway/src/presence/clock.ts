/** Time, and what happens later. Tests drive one of their own. */
export interface Clock {
  /** ms since some moment; never goes back. */
  now(): number;
  /** @returns a function that cancels the action */
  after(ms: number, action: () => void): () => void;
  /** @returns a function that ends the repetition */
  every(ms: number, action: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, action) {
    const timer = setTimeout(action, ms);
    return () => clearTimeout(timer);
  },
  every(ms, action) {
    const timer = setInterval(action, ms);
    return () => clearInterval(timer);
  },
};
