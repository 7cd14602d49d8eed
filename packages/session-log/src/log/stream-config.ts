/** How the stream `CHAT` is made, and kept as the settings want it. */
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
import { describeLog, refuseNewerFormat } from "./log-format.ts";

/** What differs between two deployments. */
export interface LogStreamOptions {
  readonly replicas: number;
  readonly maxAgeSeconds: number;
  /** -1 for no limit. At the limit the stream refuses new events, and never drops an old one. */
  readonly maxBytes: number;
  readonly dedupeWindowSeconds: number;
}

const nanosPerSecond = 1_000_000_000;
const streamNotFound = 10_059;
const nameInUse = 10_058;

/**
 * Makes the stream if it is missing and brings its limits up to date. It keeps the epoch, which is in the
 * description.
 *
 * @throws LogTooNew
 */
export async function ensureStream(
  manager: JetStreamManager,
  options: LogStreamOptions,
): Promise<StreamInfo> {
  const limits = configOf(options);
  const existing = (await findStream(manager)) ?? (await createStream(manager, limits));
  refuseNewerFormat(existing);
  const found = await describeLog(manager, existing);
  if (
    Object.entries(limits).every(([name, value]) => isSame(found.config[name as keyof StreamConfig], value))
  )
    return found;
  const { name: _name, ...update } = limits;
  return manager.streams.update(streamName, { ...found.config, ...update });
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
