/** An epoch is one numbering of the events: it changes when the numbers begin anew. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { streamName } from "@natter/protocol";

const markerPattern = /marker=(\d+)/;
const createdPattern = /created=(\d+)/;

/**
 * `<created in ms>-<marker>`. Both are in the description of the stream. The marker is 0 until a restore raises it.
 *
 * The broker's own `created` cannot be trusted for long: nats-server 2.12 forgets it at a restart after a change of the
 * stream's limits, and gives the time of the restart before. So `created` is copied once, when the stream is new.
 */
export function epochOf(info: StreamInfo): string {
  return `${createdMsOf(info)}-${markerIn(info.config.description)}`;
}

/** When the stream was made, in ms by the broker's clock. */
export function createdMsOf({ created, config }: StreamInfo): number {
  return Number(createdPattern.exec(config.description ?? "")?.[1] ?? Date.parse(created));
}

/** Raises the marker of the stream to `marker`. A marker that is as large already stays. */
export async function raiseMarker(manager: JetStreamManager, marker: number): Promise<void> {
  const { config } = await manager.streams.info(streamName);
  const description = config.description ?? "";
  if (markerIn(description) >= marker) return;
  const rest = description.replace(markerPattern, "").trim();
  await manager.streams.update(streamName, { ...config, description: `${rest} marker=${marker}`.trim() });
}

function markerIn(description: string | undefined): number {
  return Number(markerPattern.exec(description ?? "")?.[1] ?? 0);
}
