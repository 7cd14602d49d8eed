import type { RunningReply } from "./running-replies.ts";
import {
  comparePositions,
  replyIdOf,
  type LogEventOf,
  type PageMessage,
  type Position,
} from "@natter/protocol/plain";

export type Complete = LogEventOf<"ai_complete"> & Pick<PageMessage, "reactions">;

/** What a version is at the moment, from wherever it is known. */
export interface VersionState {
  readonly complete?: Complete;
  /** Of a complete one. */
  readonly position?: Position | undefined;
  readonly running: RunningReply | undefined;
}

export interface Version extends VersionState {
  readonly id: string;
}

/** A message and what it was answered. */
export class Turn {
  readonly messageId: string;
  /** Of the message; `undefined` while only answers to it are known. */
  position: Position | undefined;
  /** Of the first complete answer that is here: the turn's place while its message is not. */
  answeredAt: Position | undefined;
  /** The version that somebody chose to see. */
  version: string | undefined;
  /** Ids of the versions that wait or stream. */
  open: readonly string[] = [];
  /** When each was asked for; `undefined` if only the answer was seen. */
  readonly #versions = new Map<string, Position | undefined>();

  constructor(messageId: string) {
    this.messageId = messageId;
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
    const isNew = !this.#versions.has(id);
    this.#versions.set(id, this.#versions.get(id) ?? askedAt);
    return isNew;
  }

  /**
   * In the order of their prompts. The message's own prompt is the first, and prompts are answered in order: the
   * complete ones come before the running one, and that before those that wait.
   */
  versions(stateOf: (id: string) => VersionState): readonly Version[] {
    const first = replyIdOf(this.messageId, this.messageId);
    const ranked = [...this.#versions].map(([id, askedAt]) => {
      const version = { id, ...stateOf(id) };
      const rank = id === first ? 0 : version.complete ? 1 : version.running ? 2 : 3;
      return { version, rank, position: version.position ?? askedAt };
    });
    return ranked
      .sort((left, right) => left.rank - right.rank || compareKnown(left.position, right.position))
      .map(({ version }) => version);
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
