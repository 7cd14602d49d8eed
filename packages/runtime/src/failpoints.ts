/**
 * Failpoints, at which a process can be told to die, and promises that it can be told to break. Tests prove with them that such
 * a death does no harm, and that a broken promise is noticed. They are in every build, and do nothing unless the environment
 * names one.
 */

/** One for each awaited step between two durable effects. */
export const failpoints = [
  /** The event is in the log; its sender does not know. */
  "gateway.after-append",
  /** The event is in the log; the owner of the running reply does not know. */
  "gateway.before-control",
  /** The log shows the claim; the model was not asked. */
  "worker.after-claim",
  /** People have seen some of the text. */
  "worker.after-first-chunk",
  /** People have seen all of the text; the log has no end of the reply. */
  "worker.before-complete",
  /** The log has the end; the broker delivers the prompt again. */
  "worker.after-complete",
  /** A batch is in hand and nothing of it is stored. */
  "recorder.before-write",
  /** A batch is stored; its events come again. */
  "recorder.after-write",
  /** What a deleted session held is gone from the store and still in the log. */
  "purger.after-store",
  /** It is gone from both; the purger does not know and starts again. */
  "purger.after-log",
] as const;
export type Failpoint = (typeof failpoints)[number];

/** Each breaks one promise. */
export const breakages = [
  "gateway.ack-before-append",
  "gateway.no-dedupe",
  "gateway.no-gap-repair",
  "gateway.no-attempt-check",
  "gateway.lose-words",
  "worker.no-fence",
  /** An exception of one reply reaches the process. */
  "worker.no-bulkhead",
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
 * Called once, at the start of a process.
 *
 * @param crashAt `<failpoint>` or `<failpoint>:<n>`, for the n-th time that the process reaches it
 */
export function armFaults(crashAt: string | undefined, breakage: string | undefined): void {
  const [name, times] = (crashAt ?? "").split(":");
  armed = name ? { name, left: Number(times ?? 1) } : undefined;
  broken = breakage;
}

/** Ends the process at once, as a power cut would, if it was told to die here. */
export function failpoint(name: Failpoint): void {
  if (armed?.name !== name) return;
  armed.left--;
  if (armed.left <= 0) process.kill(process.pid, "SIGKILL");
}

export function isBroken(name: Breakage): boolean {
  return broken === name;
}
