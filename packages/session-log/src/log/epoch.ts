/** An epoch is one numbering of the events: it changes when the numbers begin anew. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { streamName } from "@natter/protocol";
import { readDescription, writeDescription } from "./log-description.ts";

/**
 * `<created in ms>-<marker>`. Both are in the description of the stream. The marker is 0 until a restore raises it.
 *
 * The broker's own `created` cannot be trusted for long: nats-server 2.12 forgets it at a restart after a change of the
 * stream's limits, and gives the time of the restart before. So `created` is copied once, when the stream is new.
 */
export function epochOf(info: StreamInfo): string {
  const { createdMs, marker } = readDescription(info);
  return `${createdMs}-${marker}`;
}

/** Raises the marker of the stream to `marker`. A marker that is as large already stays. */
export async function raiseMarker(manager: JetStreamManager, marker: number): Promise<void> {
  const info = await manager.streams.info(streamName);
  const described = readDescription(info);
  if (described.marker < marker) await writeDescription(manager, info, { ...described, marker });
}
