import { setTimeout as sleep } from "node:timers/promises";
import { encodeFrame } from "@natter/protocol";
import type { ChatSocket } from "./chat-socket.ts";
import type { EventStreamSink } from "../sinks/event-stream-sink.ts";

/** Who is connected here. Both shrink as readers go. */
export interface Readers {
  readonly sockets: ReadonlySet<ChatSocket>;
  readonly streams: ReadonlySet<EventStreamSink>;
}

export interface DrainTimes {
  /** The readers are sent away over this time, so that they do not all arrive elsewhere at once. */
  readonly spreadMs: number;
  /** An ack that is outstanding this long after the last slice is given up: its sender tries again. */
  readonly deadlineMs: number;
}

const slices = 20;

/**
 * Tells every reader that it has to come back, then closes them in slices. A socket goes on as before until it
 * is its turn; then it is read no more, what it has sent is answered, and it is closed.
 */
export async function drain(readers: Readers, { spreadMs, deadlineMs }: DrainTimes): Promise<void> {
  for (const socket of readers.sockets) {
    const afterMs = Math.round(Math.random() * spreadMs);
    socket.sink.send(encodeFrame({ type: "going_away", afterMs }), "other");
  }
  const closing: Promise<void>[] = [];
  const all = [...readers.sockets, ...readers.streams];
  const sliceSize = Math.ceil(all.length / slices);
  for (let start = 0; start < all.length; start += sliceSize) {
    const slice = all.slice(start, start + sliceSize);
    closing.push(...slice.map((reader) => reader.leave("going_away")));
    await sleep(spreadMs / slices);
  }
  await Promise.race([Promise.all(closing), sleep(deadlineMs)]);
}
