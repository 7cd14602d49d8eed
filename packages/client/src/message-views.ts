/** From what the folds say to what a list shows. Pure. */
import type { IntentFrame, PageMessage, Reaction, User } from "@natter/protocol/plain";
import type { PendingIntent } from "./pending-intent.ts";
import type { RunningReply } from "./running-replies.ts";
import type { Answer, UserMessage } from "./snapshots.ts";
import type { Complete } from "./turn.ts";

const ai: User = { id: "ai", name: "AI" };

type MessageFrame = Extract<PageMessage, { type: "message" }>;

export function questionView(
  frame: MessageFrame,
  options: { key: string; me: User | undefined; changes: readonly IntentFrame[] },
): UserMessage {
  const { key, me, changes } = options;
  const edit = changes.findLast((change) => change.type === "edit");
  const isDeleted = frame.deletedAt !== undefined || changes.some(({ type }) => type === "delete");
  const shown = isDeleted ? "" : (edit?.message ?? frame.message);
  return {
    kind: "message",
    key,
    id: frame.id,
    delivery: "stored",
    error: undefined,
    user: frame.user,
    isOwn: frame.user.id === me?.id,
    text: shown,
    attachments: isDeleted ? [] : (frame.attachments ?? []),
    replyTo: frame.replyTo,
    sentAt: frame.sentAt,
    editedAt: isDeleted ? undefined : frame.editedAt,
    deletedAt: isDeleted ? (frame.deletedAt ?? "") : undefined,
    reactions: withChanges(frame.reactions, changes, me),
    isChanging: changes.length > 0,
  };
}

export function pendingView(pending: PendingIntent, me: User): UserMessage | undefined {
  const { entry, delivery, error, eventId } = pending;
  const { frame } = entry;
  if (frame.type !== "message") return undefined;
  return {
    kind: "message",
    key: entry.id,
    id: eventId,
    delivery,
    error,
    user: me,
    isOwn: true,
    text: frame.message,
    attachments: frame.attachments ?? [],
    replyTo: frame.replyTo,
    sentAt: entry.createdAt,
    editedAt: undefined,
    deletedAt: undefined,
    reactions: [],
    isChanging: false,
  };
}

export interface ShownVersion {
  readonly key: string;
  readonly messageId: string;
  readonly versions: readonly string[];
  readonly versionIndex: number;
  readonly complete: Complete | undefined;
  readonly running: RunningReply | undefined;
  readonly me: User | undefined;
  readonly changes: readonly IntentFrame[];
}

export function answerView(shown: ShownVersion): Answer {
  const { key, messageId, versions, versionIndex, complete, running, changes } = shown;
  return {
    kind: "answer",
    key,
    id: versions[versionIndex] ?? key,
    messageId,
    state: complete ? "complete" : running ? "streaming" : "waiting",
    user: complete?.user ?? ai,
    text: complete?.message ?? running?.text ?? "",
    reasoning: complete ? (complete.reasoning ?? "") : (running?.reasoning ?? ""),
    versions,
    versionIndex,
    model: complete?.model ?? running?.model,
    sentAt: complete?.sentAt,
    finishReason: complete?.finishReason,
    error: complete?.error,
    usage: complete?.usage,
    firstTokenMs: complete?.firstTokenMs,
    reactions: withChanges(complete?.reactions, changes, shown.me),
    isChanging: changes.length > 0,
  };
}

function withChanges(
  known: readonly Reaction[] = [],
  changes: readonly IntentFrame[],
  me: User | undefined,
): readonly Reaction[] {
  let reactions = known;
  for (const change of changes) {
    if (change.type !== "reaction" || !me) continue;
    const { emoji, on } = change;
    const found = reactions.find((reaction) => reaction.emoji === emoji);
    const { count, users }: Reaction = found ?? { emoji, count: 0, users: [] };
    if (users.includes(me.id) === on) continue;
    const others = reactions.filter((reaction) => reaction.emoji !== emoji);
    const shown = on
      ? { emoji, count: count + 1, users: [...users, me.id] }
      : { emoji, count: count - 1, users: users.filter((user) => user !== me.id) };
    reactions = shown.count > 0 ? [...others, shown] : others;
  }
  return reactions;
}

/** `next`, but with every part of `previous` that says the same, and `previous` itself if all do. */
export function keepSame<T extends object>(previous: T | undefined, next: T): T {
  if (!previous) return next;
  const kept = { ...next };
  let isSame = Object.keys(previous).length === Object.keys(next).length;
  for (const field of Object.keys(next) as (keyof T & string)[]) {
    if (previous[field] === next[field]) continue;
    const saysSame =
      typeof next[field] === "object" && JSON.stringify(previous[field]) === JSON.stringify(next[field]);
    if (saysSame) kept[field] = previous[field];
    else isSame = false;
  }
  return isSame ? previous : kept;
}
