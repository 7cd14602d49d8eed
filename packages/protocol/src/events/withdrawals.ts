/**
 * What withdraws prompts, found by what it withdraws: anybody may append any number of withdrawals of things
 * that nobody has seen, so no prompt is compared with all of them. Events may come in any order and more than once.
 */
import { comparePositions, type Position } from "../position.ts";

/** Withdraws the prompts before it: those of one message, of one reply, or all. */
export interface Closer {
  readonly position: Position;
  readonly messageId?: string;
  readonly promptId?: string;
}

/** What a closer withdraws, as one text. Stores keep it. */
export function closerTarget(closer: Pick<Closer, "messageId" | "promptId">): string {
  if (closer.promptId !== undefined) return `prompt:${closer.promptId}`;
  return closer.messageId === undefined ? "" : `message:${closer.messageId}`;
}

/** The targets of all closers that can withdraw the prompt. */
export function closerTargetsOf({ promptId, messageId }: { promptId: string; messageId: string }): string[] {
  return [closerTarget({}), closerTarget({ messageId }), closerTarget({ promptId })];
}

interface Withdrawal {
  readonly eventId: string;
  readonly position: Position;
}

/** The two latest withdrawals of one target. The second counts for the prompt that the latest itself is. */
interface Latest {
  first: Withdrawal;
  second?: Withdrawal;
}

export class Withdrawals {
  /** An event that is in the log twice closes what was before its first place only. */
  readonly #byEvent = new Map<string, Closer>();
  /** By target. Unset: to be made anew. */
  #latest: Map<string, Latest> | undefined = new Map();

  add(eventId: string, closer: Closer): void {
    const known = this.#byEvent.get(eventId);
    if (known && comparePositions(known.position, closer.position) <= 0) return;
    this.#byEvent.set(eventId, closer);
    // A place that moves forward may leave its target to an event that was passed over. Reading in order never does that.
    if (known) this.#latest = undefined;
    else if (this.#latest) rank(this.#latest, eventId, closer);
  }

  /** Whether something later than the prompt withdraws it: a regenerate after a stop goes on. */
  isWithdrawn(prompt: { promptId: string; messageId: string; position: Position }): boolean {
    return closerTargetsOf(prompt).some((target) => this.#isWithdrawnBy(target, prompt));
  }

  /** Whether the session was deleted after the prompt. */
  isDeleted(prompt: { promptId: string; position: Position }): boolean {
    return this.#isWithdrawnBy(closerTarget({}), prompt);
  }

  #isWithdrawnBy(target: string, prompt: { promptId: string; position: Position }): boolean {
    const latest = (this.#latest ??= this.#rankAll());
    const found = latest.get(target);
    // An edit or a regenerate that is in the log twice does not withdraw itself.
    const counting = found?.first.eventId === prompt.promptId ? found.second : found?.first;
    return counting !== undefined && comparePositions(counting.position, prompt.position) > 0;
  }

  #rankAll(): Map<string, Latest> {
    const latest = new Map<string, Latest>();
    for (const [eventId, closer] of this.#byEvent) rank(latest, eventId, closer);
    return latest;
  }
}

/** `eventId` is in it at most once. */
function rank(latest: Map<string, Latest>, eventId: string, closer: Closer): void {
  const withdrawal = { eventId, position: closer.position };
  const target = closerTarget(closer);
  const known = latest.get(target);
  if (!known) latest.set(target, { first: withdrawal });
  else if (isLater(withdrawal, known.first)) latest.set(target, { first: withdrawal, second: known.first });
  else if (!known.second || isLater(withdrawal, known.second)) known.second = withdrawal;
}

function isLater(left: Withdrawal, right: Withdrawal): boolean {
  return comparePositions(left.position, right.position) > 0;
}
