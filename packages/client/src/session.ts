import type { Attachment, ServerFrame } from "@natter/protocol/plain";
import type { NatterError } from "./errors.ts";
import type { Answer, ConnectionSnapshot, Message, SessionSnapshot, UserMessage } from "./snapshots.ts";

/** The intent is stored and will not be lost. */
export interface Ack {
  /** The client id of the intent. */
  readonly id: string;
  /** Id of the event: of a message it is the message's. */
  readonly messageId: string;
  /** Its place in the session's order. */
  readonly seq: number;
  /** True: an earlier try had stored it already. */
  readonly duplicate: boolean;
}

export interface SendOptions {
  /** Files that were uploaded before. */
  readonly attachments?: readonly Attachment[];
  /** Id of the message that this one refers to. */
  readonly replyTo?: string;
  /**
   * A UUID, the same when the same intent is sent again, for example by the caller after a crash. One is made if
   * there is none.
   */
  readonly id?: string;
  /** Takes the message back if it was not sent yet; otherwise only the waiting ends. */
  readonly signal?: AbortSignal;
}

/** What `on` can listen to. */
export interface SessionEvents {
  /** The connection changed. */
  connection: ConnectionSnapshot;
  /**
   * It came back. True: everything missed follows. False: too much was missed, so the newest page is loaded again
   * and replaces what was here.
   */
  recovered: boolean;
  /** A person's message was stored and came live; not for history. */
  message: UserMessage;
  /** An answer is complete and came live; not for history. */
  answer: Answer;
  /** Something that nobody waits for went wrong. */
  error: NatterError;
  /** Every frame of the server, as it came, after it was applied. */
  frame: ServerFrame;
}

/** A moment of an answer that is being written. */
export interface ReplyStep {
  /** All of it so far. */
  readonly text: string;
  /** What was added to the last step's text; `undefined` if the answer began anew, so that `text` replaces it. */
  readonly delta: string | undefined;
}

/** An answer as it is being written. Iterating it ends with the answer, and throws what `text()` rejects with. */
export interface Reply extends AsyncIterable<ReplyStep> {
  /** The question is stored. */
  readonly sent: Promise<Ack>;
  /** The whole answer. Rejects with a `NatterError` if the question is refused or the answer ends with an error. */
  text(): Promise<string>;
  /** Ends the answer; `text()` then resolves with what was said so far. */
  stop(): void;
}

/**
 * One conversation. It is a store: `subscribe` and `getSnapshot` for all but the messages' content,
 * `subscribeMessage` and `getMessage` for each message, so a word of an answer touches one message and no list.
 *
 * What changes something resolves when it is stored and rejects with a `NatterError`; a rejection that nobody
 * handles is not an unhandled one. Until then it waits in the outbox through reconnects, and where the outbox is
 * durable through reloads. The order of calls is the order of the log.
 */
export interface Session {
  readonly id: string;

  /** Connects and loads the newest page; does nothing if it is open. Until then what is sent waits. */
  open(): void;
  /** Disconnects. What is here stays, and so does the outbox; `open` goes on from here. */
  close(): void;
  /** Opens until the returned function was called as often as this. The last one closes a moment later. */
  retain(): () => void;
  /** Resolves when it is online, the newest page is here and the outbox was read; rejects when it is closed. */
  ready(signal?: AbortSignal): Promise<void>;
  /** Tries to connect at once, whatever is awaited. */
  reconnectNow(): void;

  /** Calls `listener` after every change of the snapshot. Returns how to end it. Needs no `this`. */
  readonly subscribe: (listener: () => void) => () => void;
  /** The same object until something changes. Needs no `this`. */
  readonly getSnapshot: () => SessionSnapshot;
  /** Calls `listener` after every change of one message. */
  subscribeMessage(key: string, listener: () => void): () => void;
  /** The same object until it changes; `undefined` if there is none with this key. */
  getMessage(key: string): Message | undefined;
  /** Key of a message or of the answer that has this id as a version. */
  keyOf(messageId: string): string | undefined;
  on<T extends keyof SessionEvents>(event: T, listener: (value: SessionEvents[T]) => void): () => void;

  /** Says something. It is in the timeline at once. */
  send(text: string, options?: SendOptions): Promise<Ack>;
  /** Says something and gives the answer back as it is written. */
  ask(text: string, options?: SendOptions): Reply;
  /** Sends a failed message again, under a new id if the server had refused the old one for good. */
  retry(key: string): void;
  /** Takes a message that is not stored out of the outbox. */
  discard(key: string): void;
  /** Changes one of one's own messages; with `reply` it is answered anew. */
  edit(messageId: string, text: string, options?: { readonly reply?: boolean }): Promise<Ack>;
  /** Removes the content of one of one's own messages. */
  delete(messageId: string): Promise<Ack>;
  /** Asks for another answer to a message, or to the message that an answer answers. */
  regenerate(messageId: string): Promise<Ack>;
  /** Ends an answer, also one that has not begun. Without an id: all that are running. */
  stop(messageId?: string): Promise<void>;
  react(messageId: string, emoji: string, on: boolean): Promise<Ack>;
  /** Shows another version of an answer, until a new one begins. */
  showVersion(key: string, versionIndex: number): void;

  /** Loads the page before the oldest message. Resolves with whether there are still older ones. */
  loadOlder(): Promise<boolean>;
  /** Loads the page after the last message that is here. Resolves with whether there are still newer ones. */
  loadNewer(): Promise<boolean>;
  /**
   * Shows the messages around this one in the place of those that are here, however far back it is; without an id the
   * newest again. What is being said goes on to come, and is shown when `loadNewer` has reached it. If there is no such
   * message the newest are shown.
   */
  showAround(messageId?: string): void;
  /** Everything up to this message was seen; without an id, up to the last one. */
  markRead(messageId?: string): void;
  /** The person typed something. Call it on every key: it says so seldom, and ends by itself. */
  typing(): void;
  /** The person stopped typing. `send` says so, too. */
  stopTyping(): void;
}
