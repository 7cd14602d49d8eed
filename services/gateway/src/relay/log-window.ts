import { decodeObject, frameHeads, isSpliceable, limits, startsWith } from "@natter/protocol";

/** A deletion of a message or of the session. It does not say whether the user may delete it. */
export interface Deletion {
  readonly seq: number;
  readonly userId: string;
  /** ISO 8601 */
  readonly at: string;
}

interface WindowEvent {
  readonly seq: number;
  readonly bytes: number;
  /** The deleted message. */
  readonly deletes?: string;
}

/** A window holds this much more than one replay may have, because a client can fall behind during its replay. */
const slack = 2;

/**
 * The end of a session's log, without its texts: the seq and size of each event, and the deletions. A replay needs this before its
 * first frame. The window drops events that are too far back for any replay.
 */
export class LogWindow {
  #after: number;
  #upTo: number;
  #events: WindowEvent[] = [];
  #bytes = 0;
  #isCut = false;
  readonly #deletions = new MessageDeletions();
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

  /** Whether a replay that begins before `after` is certainly too large. */
  get isFull(): boolean {
    return this.#isCut || !this.fits(this.#after);
  }

  /** The last valid deletion of the session. No reader gets an event before it. */
  get deleted(): Deletion | undefined {
    return this.#deleted;
  }

  /** The last deletion of the session whose validity is not known yet. */
  get unjudged(): Deletion | undefined {
    return this.#sessionDeletions.at(-1);
  }

  get hasDeletions(): boolean {
    return !this.#deletions.isEmpty;
  }

  /** Adds the event after `upTo`. A known event changes nothing. */
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

  /** States that no event lies between `upTo` and `seq`. */
  reach(seq: number): void {
    this.#upTo = Math.max(this.#upTo, seq);
  }

  /** Where the replay starts for a client that has everything up to `position`. */
  startOf(position: number): number {
    return Math.max(position, (this.#deleted?.seq ?? 0) - 1);
  }

  covers(after: number, upTo: number): boolean {
    return this.startOf(after) >= this.#after && upTo <= this.#upTo;
  }

  /** Whether the events after `position` are within the limits of a replay. */
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

  /** When `userId` last deleted the message; `undefined` if that user did not. */
  deletionOf(messageId: string, userId: string): Deletion | undefined {
    return this.#deletions.lastOf(messageId, userId);
  }

  /** Sets whether the deletion `unjudged` is valid. */
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
    this.#deletions.add(messageId, deletion);
    return { seq, bytes: bytes.length, deletes: messageId };
  }

  #dropFirst(): void {
    const first = this.#events.shift();
    if (!first) return;
    this.#bytes -= first.bytes;
    this.#after = first.seq;
    this.#sessionDeletions = this.#sessionDeletions.filter(({ seq }) => seq > first.seq);
    if (first.deletes !== undefined) this.#deletions.remove(first.deletes, first.seq);
  }
}

/** The deletions of messages, by message and in the order of the log. */
class MessageDeletions {
  readonly #byMessage = new Map<string, Deletion[]>();

  get isEmpty(): boolean {
    return this.#byMessage.size === 0;
  }

  add(messageId: string, deletion: Deletion): void {
    const known = this.#byMessage.get(messageId);
    if (known) known.push(deletion);
    else this.#byMessage.set(messageId, [deletion]);
  }

  remove(messageId: string, seq: number): void {
    const left = (this.#byMessage.get(messageId) ?? []).filter((deletion) => deletion.seq !== seq);
    if (left.length > 0) this.#byMessage.set(messageId, left);
    else this.#byMessage.delete(messageId);
  }

  /** The last deletion by this user. */
  lastOf(messageId: string, userId: string): Deletion | undefined {
    return this.#byMessage.get(messageId)?.findLast((deletion) => deletion.userId === userId);
  }
}
