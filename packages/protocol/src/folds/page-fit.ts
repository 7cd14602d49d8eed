/** Cuts pages to the size of one answer. A message that natter made always fits; a larger one of the log is cut. Pure. */
import { defined } from "../defined.ts";
import { fitting, jsonBytes } from "../text/encoded-size.ts";
import { limits } from "../limits.ts";
import type { PageMessage } from "../frames/server-frames.ts";
import { cutText } from "../text/text-cut.ts";

/** JSON around the messages of an answer. */
const envelopeBytes = 1_024;
const comma = 1;

/** The last of `messages` that fit into `limit` and one answer; at least one, if there is any. */
export function fitPage(
  messages: readonly PageMessage[],
  limit: number,
  pageBytes: number = limits.pageBytes,
): { messages: PageMessage[]; isCut: boolean } {
  const fitted: PageMessage[] = [];
  const maxBytes = pageBytes - envelopeBytes;
  let bytesLeft = maxBytes;
  for (const message of messages.toReversed()) {
    if (fitted.length >= limit) break;
    const size = jsonBytes(message) + comma;
    if (size > bytesLeft && fitted.length > 0) break;
    bytesLeft -= size;
    fitted.push(size > maxBytes ? fitMessage(message, maxBytes) : message);
  }
  return { messages: fitted.toReversed(), isCut: fitted.length < messages.length };
}

/** The first of `messages` that fit into `limit` and one answer; at least one, if there is any. */
export function fitFirst(
  messages: readonly PageMessage[],
  limit: number,
): { messages: PageMessage[]; isCut: boolean } {
  const page = fitPage(messages.toReversed(), limit);
  return { ...page, messages: page.messages.toReversed() };
}

/** The first of `newer`, and by turns its neighbours on both sides, as many as fit the same answer. */
export function fitAround(
  older: readonly PageMessage[],
  newer: readonly PageMessage[],
): { readonly older: readonly PageMessage[]; readonly newer: readonly PageMessage[] } {
  const first = fitFirst(newer, 1).messages;
  let bytesLeft = limits.pageBytes - envelopeBytes - jsonBytes(first[0] ?? {}) - comma;
  const takes = (message: PageMessage | undefined): boolean => {
    const size = message ? jsonBytes(message) + comma : Infinity;
    if (size > bytesLeft) return false;
    bytesLeft -= size;
    return true;
  };
  let [start, end] = [older.length, 1];
  let [goesBack, goesOn] = [true, true];
  while (goesBack || goesOn) {
    goesOn &&= takes(newer[end]);
    if (goesOn) end++;
    goesBack &&= takes(older[start - 1]);
    if (goesBack) start--;
  }
  return { older: older.slice(start), newer: [...first, ...newer.slice(1, end)] };
}

/** The first items, as many as one answer holds. */
export function fitList<T>(items: readonly T[], bytes: number = limits.pageBytes): T[] {
  let bytesLeft = bytes - envelopeBytes;
  const end = items.findIndex((item) => {
    bytesLeft -= jsonBytes(item) + comma;
    return bytesLeft < 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
}

/** The message itself if it fits with its comma, else a shorter one: the lists of users go first, then the reasoning, then text. */
export function fitMessage(message: PageMessage, bytes: number): PageMessage {
  const isWithin = (shown: PageMessage): boolean => jsonBytes(shown) + comma <= bytes;
  if (isWithin(message)) return message;
  const bare = { ...message };
  if (bare.reactions) bare.reactions = bare.reactions.map((each) => ({ ...each, users: [] }));
  if (isWithin(bare)) return bare;
  if (bare.type === "ai_complete") delete bare.reasoning;
  const text = typeof message.message === "string" ? message.message : "";
  const kept = isWithin({ ...bare, message: "" }) ? bare : coreOf(message);
  const roomBytes = bytes - comma - jsonBytes({ ...kept, message: "" });
  return { ...kept, message: fitting(text, Math.max(0, roomBytes)) };
}

/** What every reader needs of a message, and nothing that could be long. */
function coreOf(message: PageMessage): PageMessage {
  const { seq, epoch, editedAt, deletedAt } = message;
  const head = {
    id: short(message.id),
    user: { id: short(message.user.id), name: short(message.user.name) },
    sentAt: short(message.sentAt),
    message: "",
    ...defined({
      seq,
      epoch: epoch && short(epoch),
      editedAt: editedAt && short(editedAt),
      deletedAt: deletedAt && short(deletedAt),
    }),
  };
  if (message.type === "message") return { type: "message", ...head, is_user: message.is_user };
  const { attempt, chunks, finishReason } = message;
  return {
    type: "ai_complete",
    ...head,
    promptId: short(message.promptId),
    messageId: short(message.messageId),
    attempt,
    chunks,
    finishReason,
    model: short(message.model),
  };
}

const shortLength = 256;

/** An event of the log that nobody checked may have any value here. */
function short(text: unknown): string {
  return typeof text === "string" ? cutText(text, shortLength) : "";
}
