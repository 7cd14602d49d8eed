import type { Msg } from "@nats-io/nats-core";
import { republishHeaders } from "@natter/protocol";

/** Where a republished event is in the log. */
export interface LivePlace {
  readonly seq: number;
  /** The session's event before this one, by the broker. 0 also after an expiry or a purge. */
  readonly lastSeq: number;
}

/** `undefined`: the message is no event of the log. */
export function placeOf({ headers }: Msg): LivePlace | undefined {
  const seq = headers?.get(republishHeaders.seq);
  return seq ? { seq: Number(seq), lastSeq: Number(headers?.get(republishHeaders.lastSeq)) } : undefined;
}
