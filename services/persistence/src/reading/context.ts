import { isReply, type PageMessage, type RpcQuestion } from "@natter/protocol";
import { noKey } from "../store/position-keys.ts";
import type { MessageRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";
import { ContextWindow } from "./context-window.ts";
import { foldStored } from "./message-folding.ts";

/** Messages that are read in one go. */
const messagesPerStep = 50;
/** Messages whose answers are read in one go: each can be as long as all that a context may hold. */
const answersPerStep = 10;

/** What a model is told before it answers the message. */
export async function readContext(
  rows: RowReader,
  { sessionId, messageId, textBytes }: RpcQuestion<"context">,
): Promise<PageMessage[]> {
  const window = new ContextWindow(messageId, textBytes);
  const place = await rows.messages.place(sessionId, messageId);
  // A message that is not here yet is later than all that are. The context includes the message itself: the key with
  // `noKey` behind it is larger than the key alone, and smaller than every later key.
  let end = place === undefined ? noKey : place.position + noKey;
  while (!window.full) {
    const questions: MessageRow[] = [];
    const found = rows.messages.before({ sessionId, end, limit: messagesPerStep, only: "questions" });
    for await (const row of found) questions.push(row);
    const latestFirst = (await foldStored(rows, sessionId, questions)).toReversed();
    for (let start = 0; start < latestFirst.length && !window.full; start += answersPerStep) {
      const some = latestFirst.slice(start, start + answersPerStep);
      const wanted = some.filter((message) => window.wantsAnswerTo(message)).map(({ id }) => id);
      const answers = await readAnswers(rows, sessionId, wanted);
      for (const message of some) window.add(message, answers.get(message.id));
    }
    const last = questions.at(-1);
    if (last === undefined || questions.length < messagesPerStep) break;
    end = last.position;
  }
  return window.messages();
}

/**
 * By the message that each answers. A message can have a thousand answers with half a megabyte each, so only the one that
 * counts is read.
 */
async function readAnswers(
  rows: RowReader,
  sessionId: string,
  messageIds: readonly string[],
): Promise<Map<string, PageMessage>> {
  const found = await rows.messages.latestAnswers(sessionId, messageIds);
  const answers = await foldStored(rows, sessionId, found);
  return new Map(answers.flatMap((answer) => (isReply(answer) ? [[answer.messageId, answer]] : [])));
}
