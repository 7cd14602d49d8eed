/** Parts of the store's answers, as plain types: a client has them without the schemas. */
import type { PageMessage, User } from "../frames/server-frames.ts";
import type { Position } from "../position.ts";

export interface SessionEntry {
  readonly sessionId: string;
  readonly title?: string;
  /** ISO 8601 */
  readonly lastActivity: string;
  readonly lastMessage?: {
    readonly id: string;
    readonly message: string;
    readonly is_user: boolean;
    readonly user: User;
  };
  readonly pinned: boolean;
  readonly archived: boolean;
  /** Whether the asker may delete it; not there while that is not known. */
  readonly canDelete?: boolean;
}

export interface SearchHit {
  readonly sessionId: string;
  readonly title?: string;
  readonly message: PageMessage;
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** The search ended before it had looked at every message: earlier ones may contain the words, too. */
  readonly truncated: boolean;
}

/** The first event that carried a client's id. */
export interface Receipt {
  readonly position: Position;
  readonly bodyHash: string;
}
