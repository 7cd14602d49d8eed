/** What of a reply could not be shown: it is said in the log, and a reader is told as soon as somebody can. */
import { encodeFrame, type LogEventOf } from "@natter/protocol";
import type { Logger } from "@natter/runtime";
import type { ReplyFeed } from "./reply-feed.ts";
import type { ReplyOwner } from "./reply-owner.ts";
import { isSameAttempt, type Attempt, type Subscriber } from "./subscriber.ts";

const askAgainMs = 500;

/** @param waited for the last words; else the end itself was missed, and read from the log */
export function logLostWords(
  logger: Logger,
  sessionId: string,
  { complete, said, waited }: { complete: LogEventOf<"ai_complete">; said: number; waited: boolean },
): void {
  const { id: replyId, attempt, chunks } = complete;
  if (attempt > 0 && said < chunks)
    logger.info({ sessionId, replyId, attempt, said, chunks, waited }, "a reply ends without its last words");
}

export function logUntold(logger: Logger, sessionId: string, { id: replyId, attempt }: Attempt): void {
  logger.info({ sessionId, replyId, attempt }, "a reader cannot be told what a reply has said");
}

/** Asks the owner, who was silent when the reader joined, as long as the attempt is running. */
export async function tellLater(
  subscriber: Subscriber,
  untold: Attempt,
  feed: { owner: ReplyOwner; reply: ReplyFeed; isHere: () => boolean },
): Promise<void> {
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, askAgainMs).unref());
    const answer = await feed.owner.askAnew();
    const { underway } = feed.reply;
    if (!underway || !isSameAttempt(underway, untold) || !feed.isHere()) return;
    const text = answer && feed.reply.tell(answer, false);
    if (text) return subscriber.deliverText(encodeFrame(text), text);
  }
}
