/** The stream `CHAT`: how it is made, and what its epoch is. */
import {
  DiscardPolicy,
  JetStreamApiError,
  RetentionPolicy,
  StorageType,
  type JetStreamManager,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import { streamName, subjects } from "@natter/protocol";

/** What differs between two deployments. */
export interface LogStreamOptions {
  readonly replicas: number;
  readonly maxAgeSeconds: number;
  /** -1 for no limit. At the limit new events are refused; none is ever dropped for it. */
  readonly maxBytes: number;
  readonly dedupeWindowSeconds: number;
}

const nanosPerSecond = 1_000_000_000;
const streamNotFound = 10_059;
const nameInUse = 10_058;
const markerPattern = /marker=(\d+)/;

/**
 * Makes the stream if it is missing and brings its limits up to date. The description holds the marker that
 * a restore has left there, so it is never written here.
 */
export async function ensureLogStream(
  manager: JetStreamManager,
  options: LogStreamOptions,
): Promise<StreamInfo> {
  const limits = configOf(options);
  const found = await findStream(manager);
  if (!found) return createStream(manager, limits);
  if (
    Object.entries(limits).every(([name, value]) => isSame(found.config[name as keyof StreamConfig], value))
  )
    return found;
  const { name: _name, ...update } = limits;
  return manager.streams.update(streamName, { ...found.config, ...update });
}

/** `<created in ms>-<marker>`: changes when the numbering of events starts anew. */
export function epochOf(info: StreamInfo): string {
  const marker = markerPattern.exec(info.config.description ?? "")?.[1] ?? "0";
  return `${Date.parse(info.created)}-${marker}`;
}

/** Raises the marker of the stream's epoch to `marker`. */
export async function markEpoch(manager: JetStreamManager, marker: number): Promise<void> {
  const { config } = await manager.streams.info(streamName);
  const description = config.description ?? "";
  if (Number(markerPattern.exec(description)?.[1] ?? 0) >= marker) return;
  const rest = description.replace(markerPattern, "").trim();
  await manager.streams.update(streamName, { ...config, description: `${rest} marker=${marker}`.trim() });
}

async function findStream(manager: JetStreamManager): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(streamName);
  } catch (error) {
    if (error instanceof JetStreamApiError && error.code === streamNotFound) return undefined;
    throw error;
  }
}

async function createStream(
  manager: JetStreamManager,
  limits: ReturnType<typeof configOf>,
): Promise<StreamInfo> {
  try {
    return await manager.streams.add(limits);
  } catch (error) {
    // Another process was faster, with the limits of its own environment.
    if (error instanceof JetStreamApiError && error.code === nameInUse)
      return manager.streams.info(streamName);
    throw error;
  }
}

function configOf(options: LogStreamOptions) {
  return {
    name: streamName,
    subjects: [subjects.everyLog],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    // "Full" is an error to the sender, not a silent loss of the oldest event.
    discard: DiscardPolicy.New,
    allow_direct: true,
    republish: { src: subjects.everyLog, dest: subjects.republished },
    num_replicas: options.replicas,
    max_age: options.maxAgeSeconds * nanosPerSecond,
    max_bytes: options.maxBytes,
    duplicate_window: Math.min(options.dedupeWindowSeconds, options.maxAgeSeconds) * nanosPerSecond,
  };
}

function isSame(actual: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return actual === wanted;
  if (typeof actual !== "object" || actual === null) return false;
  return Object.entries(wanted).every(([name, value]) =>
    isSame((actual as Record<string, unknown>)[name], value),
  );
}
