/** Which version of natter wrote the log: the format is in the description of the stream, beside the epoch. */
import type { JetStreamManager, StreamInfo } from "@nats-io/jetstream";
import { readDescription, writeDescription } from "./log-description.ts";

/**
 * Raised with every change of the log that an older natter could not read. A change that an older natter ignores, such as a
 * new type of event, raises nothing: old and new processes run beside each other while a new version is rolled out.
 */
const logFormat = 1;

/** A newer natter has written the log in a format that this one cannot read. No retry helps. */
export class LogTooNew extends Error {
  override readonly name = "LogTooNew";

  constructor(found: number) {
    super(`the log has format ${found}, this natter knows ${logFormat}`);
  }
}

/** @throws LogTooNew */
export function refuseNewerFormat(info: StreamInfo): void {
  const { format } = readDescription(info);
  if (format > logFormat) throw new LogTooNew(format);
}

/**
 * Writes into the description what a new stream, or one of an older natter, does not have yet: the format of this natter, and when the
 * stream was made. Resolves with the stream as it is then.
 */
export async function describeLog(manager: JetStreamManager, info: StreamInfo): Promise<StreamInfo> {
  const described = readDescription(info);
  return writeDescription(manager, info, { ...described, format: Math.max(logFormat, described.format) });
}
