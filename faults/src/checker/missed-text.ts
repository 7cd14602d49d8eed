/** The log lines in which gateways report text of replies that they could not relay. */
import { isBroker, type Disturbance, type ProcessLog } from "./evidence.ts";

/** A reader got the end of a reply, or joined a running one, without some of the text before. */
export interface MissedText {
  readonly gateway: string;
  readonly replyId: string;
  readonly attempt: number;
  /** Chunks that the gateway had relayed. `undefined` if one reader could not be sent the text before it joined. */
  readonly said?: number;
  /** True if the gateway waited in vain for late chunks. False if it missed the end, and read that from the log. */
  readonly waited: boolean;
}

const cutMessage = "a reply ends without its last words";
const untoldMessage = "a reader cannot be told what a reply has said";

export function missedTextIn(processes: readonly ProcessLog[]): MissedText[] {
  return processes.flatMap(({ name, lines }) =>
    lines
      .filter((line) => line.includes(cutMessage) || line.includes(untoldMessage))
      .map((line) => {
        const { replyId, attempt, said, waited } = JSON.parse(line) as Partial<MissedText> &
          Pick<MissedText, "replyId" | "attempt">;
        return {
          gateway: name,
          replyId,
          attempt,
          waited: waited === true,
          ...(said === undefined ? {} : { said }),
        };
      }),
  );
}

/** Whether the disturbance was on the way of the missed text: at a worker, the broker or the gateway. */
export function isOnTheWay({ at }: Disturbance, { gateway, waited, said }: MissedText): boolean {
  // The gateway gets the end of a reply from the broker and not from the worker.
  const isFromBroker = said !== undefined && !waited;
  return at.some(
    (name) => name === gateway || isBroker(name) || (!isFromBroker && name.startsWith("llm-worker-")),
  );
}
