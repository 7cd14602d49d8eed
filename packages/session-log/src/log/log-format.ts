/** Which version of natter wrote the log: the format is in the description of the stream, beside the marker of the epoch. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { streamName } from "@natter/protocol";

/**
 * Raised with every change of the log that an older natter could not read. A change that an older natter ignores, such as a
 * new type of event, raises nothing: old and new processes run beside each other while a new version is rolled out.
 */
const logFormat = 1;

const formatPattern = /format=(\d+)/;

/** A newer natter has written the log in a format that this one cannot read. No retry helps. */
export class LogTooNew extends Error {
  override readonly name = "LogTooNew";

  constructor(found: number) {
    super(`the log has format ${found}, this natter knows ${logFormat}`);
  }
}

/** What a new stream has as its description. */
export const newDescription = `format=${logFormat}`;

/** @throws LogTooNew */
export function refuseNewerFormat({ config }: StreamInfo): void {
  const found = formatIn(config.description);
  if (found > logFormat) throw new LogTooNew(found);
}

/** Writes the format of this natter if the stream has an older one. Resolves with the stream as it is then. */
export async function raiseFormat(manager: JetStreamManager, info: StreamInfo): Promise<StreamInfo> {
  const { config } = info;
  const description = config.description ?? "";
  if (formatIn(description) >= logFormat) return info;
  const rest = description.replace(formatPattern, "").trim();
  return manager.streams.update(streamName, { ...config, description: `${newDescription} ${rest}`.trim() });
}

function formatIn(description: string | undefined): number {
  return Number(formatPattern.exec(description ?? "")?.[1] ?? 0);
}
