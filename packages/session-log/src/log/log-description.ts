/** What natter keeps in the description of the stream, because the broker has no better place: `format=1 created=<ms> marker=<n>`. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { streamName } from "@natter/protocol";

export interface LogDescription {
  /** The version of the log's format; 0 in a stream of a natter that wrote none. */
  readonly format: number;
  /** When the stream was made, in ms by the broker's clock. */
  readonly createdMs: number;
  /** Raised by a restore, which begins a new epoch; 0 before. */
  readonly marker: number;
}

const names = { format: "format", createdMs: "created", marker: "marker" } as const;
const fieldPattern = /\b(?:format|created|marker)=\d+/g;

export function readDescription({ created, config }: StreamInfo): LogDescription {
  return {
    format: fieldIn(config.description, names.format) ?? 0,
    createdMs: fieldIn(config.description, names.createdMs) ?? Date.parse(created),
    marker: fieldIn(config.description, names.marker) ?? 0,
  };
}

/**
 * Writes the description, unless the stream has it already. Words of an operator stay at its end.
 *
 * @returns the stream as it is then
 */
export async function writeDescription(
  manager: JetStreamManager,
  info: StreamInfo,
  { format, createdMs, marker }: LogDescription,
): Promise<StreamInfo> {
  const { description: before = "" } = info.config;
  const rest = before.replaceAll(fieldPattern, "").replaceAll(/\s+/g, " ").trim();
  const fields = [`${names.format}=${format}`, `${names.createdMs}=${createdMs}`];
  if (marker > 0) fields.push(`${names.marker}=${marker}`);
  if (rest !== "") fields.push(rest);
  const description = fields.join(" ");
  return description === before ? info : manager.streams.update(streamName, { ...info.config, description });
}

function fieldIn(description: string | undefined, name: string): number | undefined {
  const value = new RegExp(`\\b${name}=(\\d+)`).exec(description ?? "")?.[1];
  return value === undefined ? undefined : Number(value);
}
