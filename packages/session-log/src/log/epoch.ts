/** An epoch is one numbering of the events: it changes when the numbers begin anew. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { streamName } from "@natter/protocol";

const markerPattern = /marker=(\d+)/;

/** `<created in ms>-<marker>`. The marker is in the description of the stream; it is 0 until a restore raises it. */
export function epochOf(info: StreamInfo): string {
  return `${Date.parse(info.created)}-${markerIn(info.config.description)}`;
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
