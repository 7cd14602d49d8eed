import { limits } from "@natter/protocol";
import type { SessionLog } from "../log/session-log.ts";
import type { LogRange, StoredEvent } from "../log/session-reader.ts";

type TailLog = Pick<SessionLog, "readStep" | "countFrom">;

export interface LogTail {
  readonly events: readonly StoredEvent[];
  /** There are more of them, before these. */
  readonly isCut: boolean;
}

/**
 * The last of the session's events with `after < seq <= upTo`. With the store away or far behind that could be all that
 * the session ever was, and to read it each time is slowest when it is needed most.
 *
 * @throws LogUnreadable
 */
export async function readTail(log: TailLog, sessionId: string, range: LogRange): Promise<LogTail> {
  const { upTo } = range;
  const begin = await beginOfTail(log, sessionId, range);
  let isCut = begin > range.after;
  const events: StoredEvent[] = [];
  let bytes = 0;
  let after: number | undefined = begin;
  while (after !== undefined && after < upTo) {
    const step = await log.readStep(sessionId, { after, upTo });
    after = step.at(-1)?.seq;
    for (const event of step) {
      events.push(event);
      bytes += event.bytes.length;
    }
    while (events.length > limits.tailEvents || (bytes > limits.tailBytes && events.length > 1)) {
      bytes -= events.shift()?.bytes.length ?? 0;
      isCut = true;
    }
  }
  return { events, isCut };
}

/** A place after which there are at most `limits.tailEvents` events, and about so many if there are more of them. */
async function beginOfTail(log: TailLog, sessionId: string, { after, upTo }: LogRange): Promise<number> {
  if (upTo - after <= limits.tailEvents) return after;
  // A server that cannot count is read from the beginning.
  const all = await log.countFrom(sessionId, after + 1);
  if (all === undefined || all <= limits.tailEvents) return after;
  let tooFar = after;
  let near = upTo;
  while (near - tooFar > 1) {
    const middle = Math.floor((tooFar + near) / 2);
    const count = (await log.countFrom(sessionId, middle + 1)) ?? 0;
    if (count > limits.tailEvents) tooFar = middle;
    else near = middle;
    if (count <= limits.tailEvents && count > limits.tailEvents / 2) break;
  }
  return near;
}
