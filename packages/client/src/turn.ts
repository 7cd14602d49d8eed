import { comparePositions, type LogEventOf, type PageMessage, type Position } from "@natter/protocol/plain";

/** A prompt's answer as far as it is known. */
interface Version {
  readonly id: string;
  /** Where its prompt stands in the log; `undefined` if only the answer was seen. */
  readonly askedAt: Position | undefined;
}

export type Complete = LogEventOf<"ai_complete"> & Pick<PageMessage, "reactions">;

/** What a version is at the moment, from wherever it is known. */
export interface VersionState {
  readonly complete: { readonly message: Complete; readonly position: Position } | undefined;
  readonly isStreaming: boolean;
}

/** A message and what it was answered. */
export class Turn {
  readonly messageId: string;
  /** Of the message; `undefined` while only answers to it are known. */
  position: Position | undefined;
  /** Of the first complete answer that is here: the turn's place while its message is not. */
  answeredAt: Position | undefined;
  /** The version that somebody chose to see. */
  chosen: string | undefined;
  /** Ids of the versions that wait or stream. */
  open: readonly string[] = [];
  readonly #versions = new Map<string, Version>();

  constructor(messageId: string) {
    this.messageId = messageId;
  }

  get answerKey(): string {
    return answerKeyOf(this.messageId);
  }

  /** A complete answer is here. @returns whether the turn's place may be another one now */
  answered(position: Position): boolean {
    if (this.answeredAt && comparePositions(this.answeredAt, position) <= 0) return false;
    this.answeredAt = position;
    return !this.position;
  }

  /** Whether it stands at or before `end`. */
  isUpTo(end: Position): boolean {
    const place = this.position ?? this.answeredAt;
    return place !== undefined && comparePositions(place, end) <= 0;
  }

  get hasAnswer(): boolean {
    return this.#versions.size > 0;
  }

  /** @returns whether it was not known */
  addVersion(id: string, askedAt?: Position): boolean {
    const known = this.#versions.get(id);
    if (known && (known.askedAt || !askedAt)) return false;
    this.#versions.set(id, { id, askedAt });
    return !known;
  }

  /**
   * Ids in the order of their prompts. The message's own prompt is the first, and prompts are answered in order: the
   * complete ones come before the running one, and that before those that wait.
   */
  versionIds(stateOf: (id: string) => VersionState): string[] {
    const first = `${this.messageId}.${this.messageId}`;
    const ranked = [...this.#versions.values()].map((version) => {
      const { complete, isStreaming } = stateOf(version.id);
      const rank = version.id === first ? 0 : complete ? 1 : isStreaming ? 2 : 3;
      return { id: version.id, rank, position: complete?.position ?? version.askedAt };
    });
    return ranked
      .sort((left, right) => left.rank - right.rank || compareKnown(left.position, right.position))
      .map(({ id }) => id);
  }
}

/** Key of what a message is answered. No id of a message or a reply has this form. */
export function answerKeyOf(messageId: string): string {
  return `${messageId}.`;
}

/**
 * The order of turns: an answer whose question is not loaded belongs to something above all that is. Questions are
 * answered in their order, so among such answers theirs tells.
 */
export function compareTurns(left: Turn, right: Turn): number {
  if (!left.position && !right.position) return compareKnown(left.answeredAt, right.answeredAt);
  return compareKnown(left.position, right.position);
}

/** What is not known comes first. */
function compareKnown(left: Position | undefined, right: Position | undefined): number {
  if (left && right) return comparePositions(left, right);
  return Number(left !== undefined) - Number(right !== undefined);
}
