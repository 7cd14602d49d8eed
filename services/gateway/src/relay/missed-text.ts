/** Text of a reply that some subscriber missed: a log line names it, and the subscriber gets it once the worker answers. */
import { encodeFrame, type LogEventOf } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { ReplyFeed } from "./reply-feed.ts";
import type { ReplyOwner } from "./reply-owner.ts";
import { isSameAttempt, type Attempt, type Subscriber } from "./subscriber.ts";

const retryMs = 500;

/**
 * The end of the reply came, and chunks before it did not.
 *
 * @param waited whether the gateway waited for trailing chunks; it does not after a gap
 */
export function logMissedText(
  logger: Logger,
  sessionId: string,
  { complete, said, waited }: { complete: LogEventOf<"ai_complete">; said: number; waited: boolean },
): void {
  const { id: replyId, attempt, chunks } = complete;
  if (attempt > 0 && said < chunks)
    logger.info({ sessionId, replyId, attempt, said, chunks, waited }, "a reply ends without its last words");
}

export function logUnsent(logger: Logger, sessionId: string, { id: replyId, attempt }: Attempt): void {
  logger.info({ sessionId, replyId, attempt }, "a reader cannot be told what a reply has said");
}

/**
 * Requests the running text again until the owner answers or the attempt ends. The owner did not answer when the subscriber
 * joined.
 */
export async function sendLater(
  subscriber: Subscriber,
  untold: Attempt,
  feed: { owner: ReplyOwner; reply: ReplyFeed; isHere: () => boolean },
): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, retryMs).unref());
    const answer = await feed.owner.askAnew();
    const { underway } = feed.reply;
    if (!underway || !isSameAttempt(underway, untold) || !feed.isHere()) return;
    const text = answer && feed.reply.tell(answer, false);
    if (text) return subscriber.deliverText(encodeFrame(text), text);
  }
}
