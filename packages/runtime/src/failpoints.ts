/**
 * Where a process can be told to die, and which promise it can be told to break, so that tests can prove that
 * the one does no harm and the other is noticed. Both are always compiled in, and off unless the environment
 * names one.
 */

/** One for each awaited step between two durable effects. */
export const crashPoints = [
  /** The event is in the log; its sender does not know. */
  "gateway.after-append",
  /** The event is in the log; the owner of the running reply was not told to look. */
  "gateway.before-control",
  /** The log shows the claim; the model was not asked. */
  "worker.after-claim",
  /** People have seen some words. */
  "worker.after-first-chunk",
  /** People have seen every word; the log has no end of it. */
  "worker.before-complete",
  /** The log has the end; the event that woke the worker comes again. */
  "worker.after-complete",
  /** A batch is in hand and nothing of it is stored. */
  "recorder.before-write",
  /** A batch is stored; its events come again. */
  "recorder.after-write",
  /** What a deleted session held is gone from the store and still in the log. */
  "purger.after-store",
  /** It is gone from both, and will be looked for again. */
  "purger.after-log",
] as const;
export type CrashPoint = (typeof crashPoints)[number];

/** Each breaks one promise. */
export const breakages = [
  "gateway.ack-before-append",
  "gateway.no-dedupe",
  "gateway.no-gap-repair",
  "gateway.no-attempt-check",
  "gateway.lose-words",
  "worker.no-fence",
  /** An exception of one reply reaches the process. */
  "worker.no-compartment",
  /** A reply that fails by a defect is tried again for ever. */
  "worker.endless-retry",
  /** The roles of the messages that the model is sent do not alternate. */
  "worker.no-alternation",
  "recorder.ack-before-write",
  /** What a deleted session held stays in the log. */
  "purger.leave-log",
] as const;
export type Breakage = (typeof breakages)[number];

let armed: { readonly name: string; left: number } | undefined;
let broken: string | undefined;

/**
 * Read once, at the start of a process.
 *
 * @param crashAt `<name>` or `<name>:<n>`, for the n-th time that it is reached
 */
export function armFaults(crashAt: string | undefined, breakage: string | undefined): void {
  const [name, times] = (crashAt ?? "").split(":");
  armed = name ? { name, left: Number(times ?? 1) } : undefined;
  broken = breakage;
}

/** Ends the process at once, as a power cut would, if it was told to die here. */
export function crashPoint(name: CrashPoint): void {
  if (armed?.name !== name) return;
  armed.left--;
  if (armed.left <= 0) process.kill(process.pid, "SIGKILL");
}

export function isBroken(name: Breakage): boolean {
  return broken === name;
}
