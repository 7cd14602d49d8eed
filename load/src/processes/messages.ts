import type { Counts } from "../measuring/counts.ts";
import type { EncodedHistograms } from "../measuring/histograms.ts";
import type { Second } from "../measuring/result.ts";
import type { Share } from "../plan.ts";

/** What coordinator and generators send to each other over Node's IPC channel. */
export interface RunMessage {
  readonly type: "run";
  readonly share: Share;
}

/** The time of the plan begins now. */
export interface BegunMessage {
  readonly type: "begun";
}

export interface SecondMessage {
  readonly type: "second";
  readonly second: Second;
}

export interface FoundMessage {
  readonly type: "found";
  readonly counts: Counts;
  readonly histograms: EncodedHistograms;
  readonly examples: readonly string[];
}

/** A generator cannot go on, for example because history cannot be read. */
export interface FailedMessage {
  readonly type: "failed";
  readonly reason: string;
}

export type GeneratorMessage = BegunMessage | SecondMessage | FoundMessage | FailedMessage;
