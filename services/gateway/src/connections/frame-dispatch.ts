import {
  encodeFrame,
  subjects,
  type ClientFrame,
  type IntentFrame,
  type ServerFrameOf,
  type User,
} from "@natter/protocol";
import type { Connection } from "@natter/session-log";
import type { Intent } from "../sending/intent.ts";
import type { Sender } from "../sending/sender.ts";

export interface Author {
  readonly sessionId: string;
  readonly user: User;
}

/** An ack; without `id` if the client's frame had none. */
export type Ack = Omit<ServerFrameOf<"ack">, "id"> & { id?: string };

/** Where the frames of one client go. */
export interface FrameTargets {
  readonly author: Author;
  readonly sender: Sender;
  readonly setTyping: (isTyping: boolean) => void;
  /** Takes read marks that are answered later. Without it each is stored and answered at once. */
  readonly addReadMark?: (mark: Extract<IntentFrame, { type: "read_receipt" }>) => void;
}

/**
 * Handles one frame of a client, whatever the transport.
 *
 * @returns the answer; `undefined` if there is none, or none yet
 * @throws what `Sender.send` throws
 */
export async function dispatchFrame(
  frame: ClientFrame,
  targets: FrameTargets,
): Promise<ServerFrameOf<"pong"> | Ack | undefined> {
  switch (frame.type) {
    case "ping":
      return { type: "pong" };
    case "typing":
      targets.setTyping(frame.isTyping);
      return undefined;
    case "read_receipt":
      if (!targets.addReadMark) return sendIntent(frame, targets);
      targets.addReadMark(frame);
      return undefined;
    default:
      return sendIntent(frame, targets);
  }
}

/** Resolves once the event is durable. @throws what `Sender.send` throws */
export async function sendIntent(
  intent: Intent,
  { author, sender }: Pick<FrameTargets, "author" | "sender">,
): Promise<Ack> {
  const sent = await sender.send(author.sessionId, author.user, intent);
  return {
    type: "ack",
    ...(intent.id === undefined ? {} : { id: intent.id }),
    messageId: sent.eventId,
    seq: sent.seq,
    ...(sent.duplicate ? { duplicate: true } : {}),
  };
}

export function publishTyping(connection: Connection, { sessionId, user }: Author, isTyping: boolean): void {
  connection.publish(subjects.live(sessionId), encodeFrame({ type: "typing", user, isTyping }));
}
