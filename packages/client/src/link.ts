import type { NatterError } from "./errors.ts";

/** One connection to a gateway, by whatever means. It says when it ended exactly once, and nothing after that. */
export interface Link {
  /** Sends a client frame. Does nothing after the end. */
  send(frame: string): void;
  /** Ends it; `closed` is not called for it. */
  close(): void;
}

export interface LinkListener {
  /** A server frame, as JSON. */
  frame(text: string): void;
  /** The other side is there, without a frame. */
  alive(): void;
  closed(end: LinkEnd): void;
}

export interface LinkEnd {
  /** A close code; 1006 if it just ended. */
  readonly code: number;
  readonly reason: string;
  /** Whether it ever came to be. */
  readonly wasOpen: boolean;
  /** What HTTP said, if that was asked. */
  readonly error?: NatterError;
}

/** Opens a link to a session. `since` is the cursor to go on from. */
export type OpenLink = (sessionId: string, since: string | undefined, listener: LinkListener) => Link;
