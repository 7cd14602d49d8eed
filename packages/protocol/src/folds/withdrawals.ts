/**
 * Finds what withdraws a prompt by what is withdrawn. Anybody may append any number of withdrawals of things that do not
 * exist, so no prompt is compared with all of them. Events may come in any order and more than once.
 */
import type { Withdrawal } from "../events/event-meaning.ts";
import type { WithdrawalTarget } from "../events/event-traits.ts";
import { comparePositions, type Position } from "../position.ts";

/** What an event withdraws, as one text. Stores keep it. */
export function withdrawalTarget({ promptId, messageId }: WithdrawalTarget): string {
  if (promptId !== undefined) return `prompt:${promptId}`;
  return messageId === undefined ? "" : `message:${messageId}`;
}

/** The targets of all withdrawals that can end the prompt. */
export function withdrawalTargetsOf(prompt: { promptId: string; messageId: string }): string[] {
  const { promptId, messageId } = prompt;
  return [withdrawalTarget({}), withdrawalTarget({ messageId }), withdrawalTarget({ promptId })];
}

interface Candidate {
  readonly eventId: string;
  readonly position: Position;
}

/** The two latest withdrawals of one target. The second counts for the prompt that the latest itself is. */
interface Latest {
  first: Candidate;
  second?: Candidate;
}

export class Withdrawals {
  /** An event that is in the log twice withdraws only what was before its first place. */
  readonly #byEvent = new Map<string, Withdrawal>();
  /** By target. Unset: has to be computed again. */
  #latest: Map<string, Latest> | undefined = new Map();

  add(eventId: string, withdrawal: Withdrawal): void {
    const known = this.#byEvent.get(eventId);
    if (known && comparePositions(known.position, withdrawal.position) <= 0) return;
    this.#byEvent.set(eventId, withdrawal);
    // If an event moves forward, another event may become the latest of its target. Reading in order never causes this.
    if (known) this.#latest = undefined;
    else if (this.#latest) rank(this.#latest, eventId, withdrawal);
  }

  /** Whether something later than the prompt withdraws it. A regenerate after a stop is not withdrawn. */
  isWithdrawn(prompt: { promptId: string; messageId: string; position: Position }): boolean {
    return withdrawalTargetsOf(prompt).some((target) => this.#isWithdrawnBy(target, prompt));
  }

  /** Whether the session was deleted after the prompt. */
  isDeleted(prompt: { promptId: string; position: Position }): boolean {
    return this.#isWithdrawnBy(withdrawalTarget({}), prompt);
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
    for (const [eventId, withdrawal] of this.#byEvent) rank(latest, eventId, withdrawal);
    return latest;
  }
}

/** Adds an event that `latest` does not have yet. */
function rank(latest: Map<string, Latest>, eventId: string, withdrawal: Withdrawal): void {
  const candidate = { eventId, position: withdrawal.position };
  const target = withdrawalTarget(withdrawal);
  const known = latest.get(target);
  if (!known) latest.set(target, { first: candidate });
  else if (isLater(candidate, known.first)) latest.set(target, { first: candidate, second: known.first });
  else if (!known.second || isLater(candidate, known.second)) known.second = candidate;
}

function isLater(left: Candidate, right: Candidate): boolean {
  return comparePositions(left.position, right.position) > 0;
}
