import type { SessionLog } from "@natter/broker";
import { isSpliceable, limits, spliceSequence } from "@natter/protocol";

/**
 * The durable frames of a session with `after < seq <= upTo`. `undefined` if there are too many, or if some
 * of them may have expired: what the log no longer holds is skipped without a word, so its first seq is asked
 * for after the reading.
 */
export async function readMissed(
  log: SessionLog,
  range: { sessionId: string; after: number; upTo: number },
): Promise<{ frame: Uint8Array; seq: number }[] | undefined> {
  const missed: { frame: Uint8Array; seq: number }[] = [];
  let bytes = 0;
  let prev = range.after;
  for await (const event of log.read(range.sessionId, { after: range.after, upTo: range.upTo })) {
    if (!isSpliceable(event.bytes)) continue;
    const frame = spliceSequence(event.bytes, { seq: event.seq, prev });
    prev = event.seq;
    bytes += frame.length;
    missed.push({ frame, seq: event.seq });
    if (missed.length > limits.replayEvents || bytes > limits.replayBytes) return undefined;
  }
  const { firstSeq } = await log.bounds();
  const isComplete = firstSeq <= range.after + 1 || (await log.reader.at(range.after)) !== undefined;
  return isComplete ? missed : undefined;
}
