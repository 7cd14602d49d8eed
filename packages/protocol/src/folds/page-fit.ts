/** Cuts pages to the size of one answer. Every message that natter made fits; what else is in the log is cut. Pure. */
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
  const mostBytes = pageBytes - envelopeBytes;
  let bytesLeft = mostBytes;
  for (const message of messages.toReversed()) {
    if (fitted.length >= limit) break;
    const size = jsonBytes(message) + comma;
    if (size > bytesLeft && fitted.length > 0) break;
    bytesLeft -= size;
    fitted.push(size > mostBytes ? fitMessage(message, mostBytes) : message);
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

/** The first of `newer`, and what stands beside it on both sides as far as it fits the same answer, in turns. */
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

/** As many of the first as one answer holds. */
export function fitList<T>(items: readonly T[], bytes: number = limits.pageBytes): T[] {
  let bytesLeft = bytes - envelopeBytes;
  const end = items.findIndex((item) => {
    bytesLeft -= jsonBytes(item) + comma;
    return bytesLeft < 0;
  });
  return end === -1 ? [...items] : items.slice(0, end);
}

/** The message itself, or of one that is larger, with its comma, what matters most: the beginning of its text. */
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
    ...(seq === undefined ? {} : { seq }),
    ...(epoch === undefined ? {} : { epoch: short(epoch) }),
    ...(editedAt === undefined ? {} : { editedAt: short(editedAt) }),
    ...(deletedAt === undefined ? {} : { deletedAt: short(deletedAt) }),
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

/** What came from the log unchecked may be no text at all. */
function short(text: unknown): string {
  return typeof text === "string" ? cutText(text, shortLength) : "";
}
