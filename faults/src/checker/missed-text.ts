/** What gateways said of words that they could not show. */
import type { Disturbance, ProcessLog } from "./evidence.ts";

/** A gateway told the end of a reply, or a reader of its running, without words that came before. */
export interface LostWords {
  readonly gateway: string;
  readonly replyId: string;
  readonly attempt: number;
  /** How many chunks it had; `undefined`: one reader could not be told what was said before it came. */
  readonly said?: number;
  /** The wait for late chunks ran out. Without it the end itself was missed, and read from the log. */
  readonly waited: boolean;
}

const cutMessage = "a reply ends without its last words";
const untoldMessage = "a reader cannot be told what a reply has said";

export function lostWordsIn(processes: readonly ProcessLog[]): LostWords[] {
  return processes.flatMap(({ name, lines }) =>
    lines
      .filter((line) => line.includes(cutMessage) || line.includes(untoldMessage))
      .map((line) => {
        const { replyId, attempt, said, waited } = JSON.parse(line) as Partial<LostWords> &
          Pick<LostWords, "replyId" | "attempt">;
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

/** Whether what was broken is on the way of these words: a worker, the broker, the gateway. */
export function isOnTheWay({ at }: Disturbance, { gateway, waited, said }: LostWords): boolean {
  // An end is no word of the worker's: it comes from the broker.
  const isWordOfBroker = said !== undefined && !waited;
  return at.some(
    (name) => name === gateway || name === "nats" || (!isWordOfBroker && name.startsWith("llm-worker-")),
  );
}
