/** What the broker's answer to an append means. */
import { errors, type Msg } from "@nats-io/nats-core";
import { isNoResponders } from "../connection.ts";
import { AppendConflict, EventTooLarge, LogAway, LogFull } from "../errors.ts";

export type PubAckOutcome =
  | { readonly kind: "stored"; readonly seq: number; readonly duplicate: boolean }
  /** Certainly not stored, and trying again will not help. */
  | { readonly kind: "refused"; readonly error: Error }
  /** No answer: it may be stored. */
  | { readonly kind: "silent" }
  /** Nobody listens: the stream is missing or has no leader. Not stored. */
  | { readonly kind: "no-stream" }
  /** The same id is being stored at this moment. */
  | { readonly kind: "busy" };

interface PubAckJson {
  readonly seq?: number;
  readonly duplicate?: boolean;
  readonly error?: { readonly err_code?: number; readonly description?: string };
}

const wrongLastSequence: ReadonlySet<number> = new Set([10_070, 10_071, 10_164]);
const duplicateInProcess = 10_158;
/** Of the account, of the server, of its memory, of its disk. A stream at its own limit is told by the description alone. */
const outOfResources: ReadonlySet<number> = new Set([10_002, 10_023, 10_028, 10_047]);

export async function readPubAck(request: Promise<Msg>): Promise<PubAckOutcome> {
  try {
    return toOutcome((await request).json<PubAckJson>());
  } catch (error) {
    if (isNoResponders(error)) return { kind: "no-stream" };
    if (error instanceof errors.InvalidArgumentError)
      return { kind: "refused", error: new EventTooLarge({ cause: error }) };
    // Timeouts, and everything that happens to a connection in the middle of a request.
    return { kind: "silent" };
  }
}

function toOutcome(ack: PubAckJson): PubAckOutcome {
  if (ack.error === undefined && typeof ack.seq === "number") {
    return { kind: "stored", seq: ack.seq, duplicate: ack.duplicate === true };
  }
  const code = ack.error?.err_code ?? 0;
  if (wrongLastSequence.has(code))
    return { kind: "refused", error: new AppendConflict(ack.error?.description) };
  if (code === duplicateInProcess || /in process/.test(ack.error?.description ?? "")) return { kind: "busy" };
  const cause = new Error(ack.error?.description ?? "no PubAck");
  const error = isFull(code, cause.message) ? new LogFull({ cause }) : new LogAway("no", { cause });
  return { kind: "refused", error };
}

function isFull(code: number, description: string): boolean {
  return outOfResources.has(code) || /maximum (bytes|messages) exceeded|no space left/i.test(description);
}
