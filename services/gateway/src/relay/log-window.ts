import { decodeObject, frameHeads, isSpliceable, limits, startsWith } from "@natter/protocol";

/** Somebody deleted a message, or the session. Whether they may is another question. */
export interface Deletion {
  readonly seq: number;
  readonly userId: string;
  /** ISO 8601 */
  readonly at: string;
}

interface WindowEvent {
  readonly seq: number;
  readonly bytes: number;
  /** The message that it deletes. */
  readonly deletes?: string;
}

/** How much more a window holds than one replay may have: a reader may fall behind while it is sent its replay. */
const slack = 2;

/**
 * The end of a session's log, without its texts: which events there are, how large they are, and what was deleted.
 * It answers what a replay has to know before its first frame. It begins where it was asked to, and drops what is
 * too far back for any replay.
 */
export class LogWindow {
  #after: number;
  #upTo: number;
  #events: WindowEvent[] = [];
  #bytes = 0;
  #isCut = false;
  /** By message. */
  readonly #deletions = new Map<string, Deletion[]>();
  #sessionDeletions: Deletion[] = [];
  #deleted: Deletion | undefined;

  constructor(after: number) {
    this.#after = after;
    this.#upTo = after;
  }

  /** Every event with `after < seq <= upTo` is known. */
  get after(): number {
    return this.#after;
  }

  get upTo(): number {
    return this.#upTo;
  }

  get size(): number {
    return this.#events.length;
  }

  /** Whether a replay that begins before `after` is too large for sure. */
  get isFull(): boolean {
    return this.#isCut || !this.fits(this.#after);
  }

  /** The last deletion of the session by somebody who may. Nothing before it is shown to anybody. */
  get deleted(): Deletion | undefined {
    return this.#deleted;
  }

  /** The last deletion of the session of which nobody has said yet whether it counts. */
  get unjudged(): Deletion | undefined {
    return this.#sessionDeletions.at(-1);
  }

  get hasDeletions(): boolean {
    return this.#deletions.size > 0;
  }

  /** Adds the event after `upTo`. One that is known already changes nothing. */
  append(seq: number, bytes: Uint8Array): void {
    if (seq <= this.#upTo) return;
    this.#upTo = seq;
    if (!isSpliceable(bytes)) return;
    this.#events.push(this.#read(seq, bytes));
    this.#bytes += bytes.length;
    while (this.#events.length > slack * limits.replayEvents || this.#bytes > slack * limits.replayBytes) {
      this.#dropFirst();
      this.#isCut = true;
    }
  }

  /** There is no event between `upTo` and `seq`. */
  reach(seq: number): void {
    this.#upTo = Math.max(this.#upTo, seq);
  }

  /** Where the replay of a reader that has everything up to `position` starts. */
  startOf(position: number): number {
    return Math.max(position, (this.#deleted?.seq ?? 0) - 1);
  }

  covers(after: number, upTo: number): boolean {
    return this.startOf(after) >= this.#after && upTo <= this.#upTo;
  }

  /** Whether what is known after `position` is within the bounds of a replay. */
  fits(position: number): boolean {
    return this.#isWithin(position, 1);
  }

  /** The same for a replay that has begun. */
  fitsLagging(position: number): boolean {
    return this.#isWithin(position, slack);
  }

  /** The first event after `seq`; `undefined` if there is none. */
  nextAfter(seq: number): number | undefined {
    return this.#events[this.#indexAfter(seq)]?.seq;
  }

  /** When `userId` deleted the message last; `undefined` if they did not. */
  deletionOf(messageId: string, userId: string): Deletion | undefined {
    return this.#deletions.get(messageId)?.findLast((deletion) => deletion.userId === userId);
  }

  /** Says whether the deletion `unjudged` counts. */
  judge(counts: boolean): void {
    const deletion = this.#sessionDeletions.pop();
    if (!deletion || !counts) return;
    this.#sessionDeletions = [];
    this.#deleted = deletion;
    while ((this.#events[0]?.seq ?? deletion.seq) < deletion.seq) this.#dropFirst();
    this.#after = Math.max(this.#after, deletion.seq - 1);
    this.#isCut = false;
  }

  #isWithin(position: number, times: number): boolean {
    let bytes = 0;
    const first = this.#indexAfter(position);
    for (let index = first; index < this.#events.length; index++) bytes += this.#events[index]?.bytes ?? 0;
    return this.#events.length - first <= times * limits.replayEvents && bytes <= times * limits.replayBytes;
  }

  #indexAfter(seq: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #read(seq: number, bytes: Uint8Array): WindowEvent {
    const isDeletion = startsWith(bytes, frameHeads.messageDeleted);
    if (!isDeletion && !startsWith(bytes, frameHeads.sessionDeleted)) return { seq, bytes: bytes.length };
    const { user, sentAt, messageId } = decodeObject(bytes) ?? {};
    const userId = (user as { id?: unknown } | undefined)?.id;
    if (typeof userId !== "string") return { seq, bytes: bytes.length };
    const deletion = { seq, userId, at: String(sentAt) };
    if (!isDeletion) this.#sessionDeletions.push(deletion);
    if (!isDeletion || typeof messageId !== "string") return { seq, bytes: bytes.length };
    const known = this.#deletions.get(messageId);
    if (known) known.push(deletion);
    else this.#deletions.set(messageId, [deletion]);
    return { seq, bytes: bytes.length, deletes: messageId };
  }

  #dropFirst(): void {
    const first = this.#events.shift();
    if (!first) return;
    this.#bytes -= first.bytes;
    this.#after = first.seq;
    this.#sessionDeletions = this.#sessionDeletions.filter(({ seq }) => seq > first.seq);
    if (first.deletes === undefined) return;
    const left = (this.#deletions.get(first.deletes) ?? []).filter(({ seq }) => seq !== first.seq);
    if (left.length > 0) this.#deletions.set(first.deletes, left);
    else this.#deletions.delete(first.deletes);
  }
}
