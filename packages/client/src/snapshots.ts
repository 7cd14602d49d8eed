/**
 * What a session looks like at a moment. Everything here is immutable, and a part that did not change is the
 * same object in the next snapshot: compare with `===`.
 */
import type {
  Attachment,
  FinishReason,
  Reaction,
  ReadMark,
  ReplyErrorCode,
  User,
} from "@natter/protocol/plain";
import type { NatterError } from "./errors.ts";

/**
 * `connecting`: the first attempt. `online`: frames flow. `reconnecting`: it was or will be tried again, see
 * `nextAttemptAt`. `offline`: the machine says it has no network; goes on when it has. `closed`: nothing happens
 * until `open()`.
 */
export type ConnectionState = "connecting" | "online" | "reconnecting" | "offline" | "closed";

export interface ConnectionSnapshot {
  readonly state: ConnectionState;
  /** What carries frames: `events` is server-sent events and HTTP, where WebSockets are blocked. */
  readonly transport: "websocket" | "events";
  /** When the next attempt is, in ms as of `Date.now()`; only while one is awaited. For a countdown. */
  readonly nextAttemptAt?: number;
  /** Attempts that failed since it was last online. */
  readonly failedAttempts: number;
  /** Why it is not online, if that is known. Of `closed`: why it was closed for good. */
  readonly error?: NatterError;
}

/** `queued`: waits in the outbox. `sending`: on its way. `failed`: refused, see `error`. `stored`: durable. */
export type Delivery = "queued" | "sending" | "failed" | "stored";

/** What a person said. */
export interface UserMessage {
  readonly kind: "message";
  /** Stays the same from the moment of sending: for lists. */
  readonly key: string;
  /** For `edit`, `react` and the like; `undefined` until it is stored. */
  readonly id: string | undefined;
  readonly delivery: Delivery;
  /** Why `delivery` is `failed`. */
  readonly error: NatterError | undefined;
  readonly user: User;
  /** Whether the user of this client wrote it. */
  readonly isOwn: boolean;
  readonly text: string;
  readonly attachments: readonly Attachment[];
  /** Id of the message that this one refers to. */
  readonly replyTo: string | undefined;
  /** ISO 8601; of one that is not stored yet by this machine's clock. */
  readonly sentAt: string;
  readonly editedAt: string | undefined;
  /** If it was deleted; `text` is empty then. */
  readonly deletedAt: string | undefined;
  readonly reactions: readonly Reaction[];
  /** True: an edit, a deletion or a reaction is shown that is not stored yet. */
  readonly isChanging: boolean;
}

/** `waiting`: asked for and not begun. `streaming`: words come. `complete`: that is all, see `finishReason`. */
export type AnswerState = "waiting" | "streaming" | "complete";

/**
 * What the model said to one message. Regenerated answers are versions of it; the shown one is described here,
 * the latest unless `showVersion` chose another.
 */
export interface Answer {
  readonly kind: "answer";
  /** One for each answered message, whatever its version: for lists. */
  readonly key: string;
  /** Id of the shown version, for `stop`, `regenerate` and `react`. */
  readonly id: string;
  /** Id of the message that it answers. */
  readonly messageId: string;
  readonly state: AnswerState;
  readonly user: User;
  readonly text: string;
  /** What the model thought aloud, if it does. */
  readonly reasoning: string;
  /** Ids of all versions, oldest first. */
  readonly versions: readonly string[];
  /** Index of the shown one in `versions`: `< 2/3 >` is `versionIndex + 1` of `versions.length`. */
  readonly versionIndex: number;
  readonly model: string | undefined;
  /** Of a complete one. */
  readonly sentAt: string | undefined;
  readonly finishReason: FinishReason | undefined;
  /** If `finishReason` is `error`. */
  readonly error: { readonly code: ReplyErrorCode; readonly message: string } | undefined;
  /** `estimated`: the provider did not count. */
  readonly usage:
    | { readonly promptTokens: number; readonly completionTokens: number; readonly estimated?: boolean }
    | undefined;
  readonly firstTokenMs: number | undefined;
  readonly reactions: readonly Reaction[];
  readonly isChanging: boolean;
}

export type Message = UserMessage | Answer;

/** The messages that are here, and whether there are others. */
export interface HistorySnapshot {
  /** `loading` is the newest page (again) or the one of `showAround`, `loading-older` and `loading-newer` another one. */
  readonly state: "loading" | "loading-older" | "loading-newer" | "loaded" | "failed";
  readonly hasOlder: boolean;
  /** Only after `showAround`: those that are here do not reach to the newest. */
  readonly hasNewer: boolean;
  /** Of `failed`. The first page is tried again by itself; for others call `loadOlder` or `loadNewer` again. */
  readonly error?: NatterError;
}

/** What a session is. */
export interface DetailsSnapshot {
  readonly title?: string;
  readonly systemPrompt?: string;
  readonly model?: string;
  /** Whether this client's user may delete it; as it was when the server was asked. */
  readonly canDelete?: boolean;
}

export interface SessionSnapshot {
  readonly sessionId: string;
  readonly connection: ConnectionSnapshot;
  /** Who this client is; `undefined` until the server has said so once. */
  readonly me: User | undefined;
  /** Keys of the messages in their order; those that are not stored yet come last. See `getMessage`. */
  readonly keys: readonly string[];
  readonly history: HistorySnapshot;
  readonly details: DetailsSnapshot;
  /** Ids of the answers that are waiting or streaming: there is something to stop. */
  readonly running: readonly string[];
  /** Who is here, this client included; of a crowd not everybody. */
  readonly users: readonly User[];
  /** How many more are here than `users` lists. */
  readonly moreUsers: number;
  /** Who else types. */
  readonly typing: readonly User[];
  /** By user id: the last message that this user has seen. Also of users who are not here. */
  readonly readMarks: Readonly<Record<string, ReadMark>>;
  /** How many intents wait, and how many messages were refused. */
  readonly outbox: { readonly waiting: number; readonly failed: number };
  /** True: somebody deleted it; everything is gone and nothing can be sent. */
  readonly isDeleted: boolean;
}
