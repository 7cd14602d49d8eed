import type { NatterError } from "../errors.ts";

/** One connection to a gateway, by whatever means, and what it says. */
export interface LinkListener {
  /** Before anything else: how to send a client frame, from the first frame to the end. */
  begun(send: SendFrame): void;
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

export type SendFrame = (frame: string) => void;

export interface LinkRequest {
  readonly sessionId: string;
  /** The cursor to go on from. */
  readonly since: string | undefined;
  /** Ends the link. What the link says afterwards is heard by nobody. */
  readonly signal: AbortSignal;
}

/** Begins to open a link to a session. Rejects if that is not even tried. */
export type OpenLink = (request: LinkRequest, listener: LinkListener) => Promise<void>;
