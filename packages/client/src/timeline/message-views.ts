/** From what the folds say to what a list shows. Pure. */
import type { IntentFrame, PageMessage, Reaction, User } from "@natter/protocol/plain";
import type { PendingIntent } from "../outbox/pending-intent.ts";
import type { Answer, UserMessage } from "../snapshots.ts";
import { answerKeyOf, type Turn, type Version } from "./turn.ts";

const ai: User = { id: "ai", name: "AI" };

type MessageFrame = Extract<PageMessage, { type: "message" }>;

export interface ShownQuestion {
  readonly key: string;
  readonly me: User | undefined;
  readonly changes: readonly IntentFrame[];
  readonly refusedEdit?: UserMessage["refusedEdit"];
}

export function questionView(frame: MessageFrame, shown: ShownQuestion): UserMessage {
  const { key, me, changes, refusedEdit } = shown;
  const edit = changes.findLast((change) => change.type === "edit");
  const isDeleted = frame.deletedAt !== undefined || changes.some(({ type }) => type === "delete");
  return {
    kind: "message",
    key,
    id: frame.id,
    delivery: "stored",
    error: undefined,
    user: frame.user,
    isOwn: frame.user.id === me?.id,
    text: isDeleted ? "" : (edit?.message ?? frame.message),
    attachments: isDeleted ? [] : (frame.attachments ?? []),
    replyTo: frame.replyTo,
    sentAt: frame.sentAt,
    editedAt: isDeleted ? undefined : frame.editedAt,
    deletedAt: isDeleted ? (frame.deletedAt ?? "") : undefined,
    reactions: withChanges(frame.reactions, changes, me),
    isChanging: changes.length > 0,
    refusedEdit,
  };
}

/** A message whose event did not come yet looks as it will then. */
export function pendingView(pending: PendingIntent, me: User): UserMessage | undefined {
  const { entry, delivery, error, stored } = pending;
  const { id: key, frame, createdAt: sentAt } = entry;
  if (frame.type !== "message") return undefined;
  const event: MessageFrame = { ...frame, id: key, user: me, sentAt, is_user: true };
  return { ...questionView(event, { key, me, changes: [] }), id: stored?.messageId, delivery, error };
}

export interface ShownAnswer {
  readonly versions: readonly Version[];
  readonly shown: Version;
  readonly me: User | undefined;
  readonly changes: readonly IntentFrame[];
}

export function answerView({ messageId }: Turn, answer: ShownAnswer): Answer {
  const { versions, shown, me, changes } = answer;
  const { id, complete, running } = shown;
  return {
    kind: "answer",
    key: answerKeyOf(messageId),
    id,
    messageId,
    state: complete ? "complete" : running ? "streaming" : "waiting",
    user: complete?.user ?? ai,
    text: complete?.message ?? running?.text ?? "",
    reasoning: (complete ?? running)?.reasoning ?? "",
    versions: versions.map((version) => version.id),
    versionIndex: versions.indexOf(shown),
    model: (complete ?? running)?.model,
    sentAt: complete?.sentAt,
    finishReason: complete?.finishReason,
    error: complete?.error,
    usage: complete?.usage,
    firstTokenMs: complete?.firstTokenMs,
    reactions: withChanges(complete?.reactions, changes, me),
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
