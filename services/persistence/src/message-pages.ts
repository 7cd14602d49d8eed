/** What both stores do with the rows they found: fold them and cut them to an answer's size. Pure. */
import type {
  LogEvent,
  PageMessage,
  Position,
  Prompt,
  Reaction,
  ReactionRegisters,
  ReadMark,
  SessionDetails,
  SessionEntry,
} from "@natter/protocol";
import {
  addReaction,
  applyToTimeline,
  createTimeline,
  cutText,
  deletedMessage,
  deletesSession,
  foldReactions,
  isReply,
  limits,
  mayDeleteSession,
  messagesOf,
  reactionIn,
  withdrawalTarget,
  withdrawalTargetsOf,
} from "@natter/protocol/plain";
import type { MessageEvent } from "./facts.ts";
import { keyLength, larger, noKey, positionOfKey, readEntry, readStartEntry } from "./position-keys.ts";

/** A stored message. */
export interface MessageRow {
  readonly id: string;
  readonly sessionId: string;
  /** `positionKey` */
  readonly position: string;
  readonly frame: MessageEvent;
}

export interface SessionRow {
  readonly sessionId: string;
  readonly first: string;
  readonly activity: string;
  readonly title: string;
  readonly systemPrompt: string;
  readonly model: string;
}

export interface PromptRow {
  readonly promptId: string;
  readonly asked: string;
  readonly start: string;
}

export interface MarkRow {
  readonly userId: string;
  readonly read: string;
}

export interface CloserRow {
  readonly target: string;
  readonly position: string;
}

const previewLength = 200;
/** Their lengths are bounded in characters of Unicode, each of at most two units. What natter wrote is never longer. */
const registerUnits = {
  title: 2 * limits.titleLength,
  systemPrompt: 2 * limits.systemPromptLength,
  model: 2 * limits.modelLength,
} as const;
const beforeAll: Position = { epoch: "0-0", seq: 0 };

/**
 * Rows of one session, each as the later events left it; what was deleted with the session is left out. Ascending.
 *
 * @param reader whose reactions are listed in any case
 */
export function foldRows(
  rows: readonly MessageRow[],
  amendments: readonly string[],
  firstAuthor: string | undefined,
  reader?: string,
): PageMessage[] {
  const timeline = createTimeline(reader);
  for (const { frame, position: key } of rows) {
    const position = positionOfKey(key);
    applyToTimeline(timeline, { ...frame, epoch: position.epoch }, position);
  }
  for (const entry of amendments) {
    const { position, value } = readEntry(entry);
    const event = value as LogEvent;
    // Who the first author is may be learnt after the deletion.
    if (deletesSession(event) && !mayDeleteSession(event.user.id, firstAuthor, "refused")) continue;
    applyToTimeline(timeline, event, position);
  }
  return messagesOf(timeline);
}

/**
 * The newest text of one message and the position that it is of; no text once its author has deleted it.
 * `amendments` are its author's edit and deletion.
 */
export function newestOf(
  row: MessageRow,
  amendments: readonly string[],
): { text?: string; position: string } {
  const [message] = foldRows([row], amendments, undefined);
  if (message === undefined || message.deletedAt !== undefined) return { position: noKey };
  const edit = amendments.find((entry) => deletedMessage(readEntry(entry).value as LogEvent) === undefined);
  const position =
    message.editedAt === undefined || edit === undefined ? row.position : edit.slice(0, keyLength);
  return { text: message.message, position };
}

/** Who reacted to one message. Of its amendments only the reactions count here. */
export function toReactions(amendments: readonly string[], reader: string): Reaction[] {
  const registers: ReactionRegisters = new Map();
  for (const entry of amendments) {
    const { position, value } = readEntry(entry);
    const change = reactionIn(value as LogEvent);
    if (change) addReaction(registers, change, position);
  }
  return foldReactions([], registers, { after: beforeAll, reader });
}

/** @param isBegunAgain whether a person has said something after the last deletion */
export function toDetails(
  row: SessionRow | undefined,
  sessionAmendments: readonly string[],
  isBegunAgain: boolean,
): SessionDetails {
  if (!row) return {};
  const firstAuthor = firstAuthorOf(row);
  const deletion = deletionOf(row, sessionAmendments);
  const left = (entry: string): string => (entry.slice(0, keyLength) > deletion ? entry : "");
  return {
    ...registerOf("title", left(row.title)),
    ...registerOf("systemPrompt", left(row.systemPrompt)),
    ...registerOf("model", left(row.model)),
    ...(firstAuthor === undefined ? {} : { firstAuthor }),
    ...(deletion === "" || isBegunAgain ? {} : { deleted: true }),
  };
}

export function firstAuthorOf(row: SessionRow | undefined): string | undefined {
  return row === undefined || row.first === noKey ? undefined : (readEntry(row.first).value as string);
}

/** Key of the position at which the owner deleted the session last; empty if it was not. */
export function deletionOf(row: SessionRow | undefined, sessionAmendments: readonly string[]): string {
  const firstAuthor = firstAuthorOf(row);
  const honoured = sessionAmendments.filter((entry) =>
    mayDeleteSession((readEntry(entry).value as LogEvent).user.id, firstAuthor, "refused"),
  );
  return honoured.reduce((last, entry) => larger(last, entry.slice(0, keyLength)), "");
}

/** Whether a prompt was asked after the deletion; `asked` is `noKey` while only its end is known. */
export function isAfterDeletion(asked: string | undefined, deletion: string): boolean {
  return asked !== undefined && asked !== noKey && asked.slice(0, keyLength) > deletion;
}

/** What was read before the session was deleted is gone with it. The order of `members` stays. */
export function toReadMarks(
  members: readonly MarkRow[],
  row: SessionRow | undefined,
  sessionAmendments: readonly string[],
): ReadMark[] {
  const deletion = deletionOf(row, sessionAmendments);
  return members.flatMap(({ userId, read }) => {
    if (read.slice(0, keyLength) <= deletion) return [];
    const { messageId, name } = readEntry(read).value as { messageId?: string; name?: string };
    // A mark that was stored before names were is told again when its reader reads on.
    return messageId === undefined || name === undefined ? [] : [{ user: { id: userId, name }, messageId }];
  });
}

export function toSessionEntry(
  row: SessionRow,
  { title, firstAuthor }: SessionDetails,
  asker: { userId: string; pinned: boolean; archived: boolean },
  last: PageMessage | undefined,
): SessionEntry {
  const { userId, ...marks } = asker;
  const lastMessage = last && {
    id: last.id,
    message: preview(last.message),
    is_user: !isReply(last) && last.is_user,
    user: { id: last.user.id, name: cutText(last.user.name, limits.userNameLength) },
  };
  return {
    sessionId: row.sessionId,
    ...(title === undefined ? {} : { title }),
    lastActivity: readEntry(row.activity).value as string,
    ...(lastMessage ? { lastMessage } : {}),
    ...marks,
    canDelete: firstAuthor === userId,
  };
}

/** A title from before a deletion is not told, also while it waits for its purge. */
export function titleOf(
  row: SessionRow | undefined,
  sessionAmendments: readonly string[],
): { title?: string } {
  const { title } = toDetails(row, sessionAmendments, false);
  return title === undefined ? {} : { title };
}

/** The targets of all closers that can withdraw one of the prompts. */
export function closerTargetsOfAll(rows: readonly PromptRow[]): string[] {
  return [...new Set(rows.flatMap((row) => withdrawalTargetsOf(askedOf(row))))];
}

/** `closers` are those that can withdraw one of the prompts; more of them do no harm. */
export function toPrompts(rows: readonly PromptRow[], closers: readonly CloserRow[]): Prompt[] {
  const latest = new Map<string, string>();
  for (const { target, position } of closers) latest.set(target, larger(latest.get(target), position));
  return rows.map((row) => {
    const asked = askedOf(row);
    const askedKey = row.asked.slice(0, keyLength);
    const start = row.start === "" ? undefined : readStartEntry(row.start);
    return {
      ...asked,
      attempt: start?.attempt ?? 0,
      ...(start ? { claim: start.claim } : {}),
      closed: withdrawalTargetsOf(asked).some((target) => (latest.get(target) ?? "") > askedKey),
      ...((latest.get(withdrawalTarget({})) ?? "") > askedKey ? { deleted: true } : {}),
    };
  });
}

function askedOf(row: PromptRow): Pick<Prompt, "promptId" | "messageId" | "position"> {
  const { position, value } = readEntry(row.asked);
  return { promptId: row.promptId, messageId: value as string, position };
}

function registerOf<N extends "title" | "systemPrompt" | "model">(
  name: N,
  entry: string,
): { [K in N]?: string } {
  if (entry === "") return {};
  const value = cutText(readEntry(entry).value as string, registerUnits[name]);
  return { [name]: value } as { [K in N]?: string };
}

/** A list shows a line of the message; all of it could be half a megabyte. */
function preview(text: string): string {
  return cutText(text, previewLength);
}
