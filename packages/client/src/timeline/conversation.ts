import {
  addPage,
  applyToTimeline,
  comparePositions,
  createTimeline,
  messageIn,
  messageOf,
  replyIdOf,
  type LogEvent,
  type PageMessage,
  type Position,
  type Timeline,
  type User,
} from "@natter/protocol/plain";
import { MessageCache } from "./message-cache.ts";
import { answerView, pendingView, questionView } from "./message-views.ts";
import { changesOf, refusedEditOf, targetOf, type PendingIntent } from "../outbox/pending-intent.ts";
import { RunningReplies, type ReplyFrame } from "./running-replies.ts";
import type { Message } from "../snapshots.ts";
import { answerKeyOf, compareTurns, Turn, type VersionState } from "./turn.ts";

export interface PlacedEvent {
  readonly event: LogEvent;
  readonly position: Position;
}

/**
 * The timeline: events, pages, words of replies and the outbox go in, in any order and more than once; messages in
 * their order come out. Pure but for its own state. What a message says is decided by the protocol's fold.
 *
 * An answer stands below its question, also when somebody else spoke in between, and so never jumps.
 */
export class Conversation {
  #timeline: Timeline = createTimeline();
  readonly #replies = new RunningReplies();
  readonly #turns = new Map<string, Turn>();
  readonly #cache = new MessageCache();
  #intents: readonly PendingIntent[] = [];
  /** Who reads it. */
  me: User | undefined;
  /** Of messages that were shown before they were stored: they keep their key. */
  readonly #keyById = new Map<string, string>();
  /** Client ids of messages whose events have come. */
  readonly #stored = new Set<string>();
  /** Id of the last message up to which everything is known, if there are newer ones that are not. */
  #end: string | undefined;
  #keys: readonly string[] | undefined = [];
  #running: readonly string[] | undefined = [];

  /** Keys of all messages in their order. The same array until it changes. */
  get keys(): readonly string[] {
    this.#keys ??= this.#orderedKeys();
    return this.#keys;
  }

  /** Ids of the answers that wait or stream. The same array until it changes. */
  get running(): readonly string[] {
    this.#running ??= this.#orderedTurns().flatMap(({ open }) => open);
    return this.#running;
  }

  message(key: string): Message | undefined {
    return this.#cache.get(key);
  }

  /** Key of the message, or of the answer that has this version. */
  keyOf(id: string): string | undefined {
    const turn = this.#turns.get(messageOf(id));
    if (!turn) return undefined;
    const key = id === turn.messageId ? this.#questionKey(id) : answerKeyOf(turn.messageId);
    return this.#cache.has(key) ? key : undefined;
  }

  /** Id of the last message or complete answer that is stored. */
  get lastStoredId(): string | undefined {
    const messages = this.keys.map((key) => this.message(key));
    return messages.findLast((message) =>
      message?.kind === "answer" ? message.state === "complete" : message?.delivery === "stored",
    )?.id;
  }

  /** Keys of the messages that changed since the last call. */
  takeChanged(): ReadonlySet<string> {
    return this.#cache.takeChanged();
  }

  setMe(me: User): void {
    this.me = me;
    this.#timeline.reader = me.id;
    for (const turn of this.#turns.values()) this.#showQuestion(turn);
    this.#showPending();
  }

  /** Replaces everything by a page and what came after it. */
  reset(page: readonly PageMessage[], upTo: Position, later: readonly PlacedEvent[], end?: string): void {
    this.#timeline = createTimeline(this.me?.id);
    this.#turns.clear();
    this.addPage(page, upTo, end);
    for (const { event, position } of later) this.apply(event, position);
    for (const id of this.#replies.ids()) this.#addVersion(id);
    this.#forgetOrder();
    this.#cache.keepOnly(this.keys);
  }

  /** @param end id of the last message to show, as long as it is not known what follows */
  addPage(page: readonly PageMessage[], upTo: Position, end?: string): void {
    const wasCut = this.#end !== undefined;
    this.#end = end;
    this.#keys = undefined;
    addPage(this.#timeline, page, upTo);
    for (const { id } of page) this.#addMessage(id);
    // What waits for an answer is known only now.
    if (wasCut && end === undefined) for (const id of this.#turns.keys()) this.#addMessage(id);
  }

  apply(event: LogEvent, position: Position): void {
    applyToTimeline(this.#timeline, event, position);
    switch (event.type) {
      case "message":
      case "ai_complete":
        return this.#addMessage(event.id);
      case "ai_start":
        return this.applyReply(event);
      case "session_deleted":
        return this.#removeDeleted(position);
      case "regenerate_requested":
        return this.#addVersion(replyIdOf(messageOf(event.messageId), event.id), position);
      case "message_edited":
        if (event.reply) this.#addVersion(replyIdOf(event.messageId, event.id), position);
        return this.#showMessage(event.messageId);
      case "message_deleted":
      case "reaction":
        return this.#showMessage(event.messageId);
      default:
    }
  }

  applyReply(frame: ReplyFrame): void {
    if (this.#replies.apply(frame)) this.#addVersion(frame.id);
  }

  /** What is being written is not known any more. */
  forgetReplies(): void {
    this.#replies.clear();
  }

  /** What of this client waits, in the order of calls. */
  setIntents(intents: readonly PendingIntent[]): void {
    const targets = new Set([...this.#intents, ...intents].map(({ entry }) => targetOf(entry.frame)));
    this.#intents = intents;
    for (const id of targets) if (id !== undefined) this.#showMessage(id);
    this.#showPending();
  }

  showVersion(key: string, versionIndex: number): void {
    const turn = this.#turns.get(messageOf(key));
    if (!turn || key !== answerKeyOf(turn.messageId)) return;
    turn.version = turn.versions(this.#stateOf)[versionIndex]?.id;
    this.#showAnswer(turn);
  }

  #addMessage(id: string): void {
    const placed = messageIn(this.#timeline, id);
    if (!placed) return;
    const { message, position } = placed;
    if (message.type === "ai_complete") {
      this.#replies.end(id);
      if (this.#turnOf(id).answered(position)) this.#forgetOrder();
      return this.#addVersion(id);
    }
    const turn = this.#turnOf(id);
    const { clientId } = message;
    if (clientId !== undefined && !this.#stored.has(clientId)) {
      // It was shown before it was stored.
      if (this.#intents.some(({ entry }) => entry.id === clientId)) this.#keyById.set(id, clientId);
      this.#stored.add(clientId);
    }
    if (!turn.position || comparePositions(turn.position, position) !== 0) this.#keys = undefined;
    turn.position = position;
    this.#showQuestion(turn);
    // Every prompt is answered once: what has no answer here has one that is still to come, or not loaded yet.
    if (message.is_user && this.#end === undefined) this.#addVersion(replyIdOf(id, id), position);
  }

  #addVersion(id: string, askedAt?: Position): void {
    const turn = this.#turnOf(id);
    const isNew = turn.addVersion(id, askedAt);
    if (isNew && !this.#stateOf(id).complete) turn.version = undefined;
    this.#showAnswer(turn);
  }

  #removeDeleted(position: Position): void {
    for (const [id, turn] of this.#turns) {
      if (turn.position && comparePositions(turn.position, position) > 0) continue;
      for (const reply of turn.open) this.#replies.end(reply);
      this.#turns.delete(id);
    }
    this.#forgetOrder();
    this.#cache.keepOnly(this.keys);
  }

  #forgetOrder(): void {
    this.#keys = undefined;
    this.#running = undefined;
  }

  #turnOf(id: string): Turn {
    const messageId = messageOf(id);
    let turn = this.#turns.get(messageId);
    if (!turn) {
      turn = new Turn(messageId);
      this.#turns.set(messageId, turn);
    }
    return turn;
  }

  readonly #stateOf = (id: string): VersionState => {
    const { message, position } = messageIn(this.#timeline, id) ?? {};
    const running = this.#replies.get(id);
    return message?.type === "ai_complete" ? { complete: message, position, running } : { running };
  };

  #questionKey(id: string): string {
    return this.#keyById.get(id) ?? id;
  }

  #orderedTurns(): Turn[] {
    return [...this.#turns.values()].sort(compareTurns);
  }

  #orderedKeys(): string[] {
    const keys: string[] = [];
    const end = this.#end === undefined ? undefined : messageIn(this.#timeline, this.#end)?.position;
    for (const turn of this.#orderedTurns()) {
      if (end && !turn.isUpTo(end)) continue;
      if (turn.position) keys.push(this.#questionKey(turn.messageId));
      if (turn.hasAnswer) keys.push(answerKeyOf(turn.messageId));
    }
    const pending = this.#intents.map(({ entry }) => entry.id);
    keys.push(...pending.filter((id) => this.#cache.has(id) && !this.#stored.has(id)));
    return keys;
  }

  #showMessage(id: string): void {
    const turn = this.#turns.get(messageOf(id));
    if (!turn) return;
    if (id === turn.messageId) this.#showQuestion(turn);
    else this.#showAnswer(turn);
  }

  #showQuestion(turn: Turn): void {
    const message = messageIn(this.#timeline, turn.messageId)?.message;
    if (message?.type !== "message") return;
    const key = this.#questionKey(turn.messageId);
    const changes = changesOf(this.#intents, message.id);
    const refusedEdit = refusedEditOf(this.#intents, message.id);
    this.#cache.set(questionView(message, { key, me: this.me, changes, refusedEdit }));
  }

  #showAnswer(turn: Turn): void {
    const versions = turn.versions(this.#stateOf);
    const shown = versions.find(({ id }) => id === turn.version) ?? versions.at(-1);
    if (!shown) return;
    const open = versions.filter(({ complete }) => !complete).map(({ id }) => id);
    if (open.join() !== turn.open.join()) this.#running = undefined;
    turn.open = open;
    const changes = changesOf(this.#intents, shown.id);
    const view = answerView(turn, { versions, shown, me: this.me, changes });
    if (this.#cache.set(view)) this.#keys = undefined;
  }

  #showPending(): void {
    const me = this.me ?? { id: "", name: "" };
    for (const intent of this.#intents) {
      const view = this.#stored.has(intent.entry.id) ? undefined : pendingView(intent, me);
      if (view) this.#cache.set(view);
    }
    const keys = this.#orderedKeys();
    if (this.#keys?.join() === keys.join()) return;
    this.#keys = keys;
    this.#cache.keepOnly(keys);
  }
}
