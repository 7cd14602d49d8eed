import type { LogEvent, Position, Reaction, ReactionRegisters, RpcQuestion } from "@natter/protocol";
import { addReaction, foldReactions, reactionIn } from "@natter/protocol/plain";
import { readEntry } from "../store/position-keys.ts";
import type { RowReader } from "../store/store-adapter.ts";

const beforeAll: Position = { epoch: "0-0", seq: 0 };

/** Who reacted to one message. */
export async function readReactions(
  rows: RowReader,
  { sessionId, messageId, reader }: RpcQuestion<"reactions">,
): Promise<Reaction[]> {
  const reactions: ReactionRegisters = new Map();
  for (const { register } of await rows.registers.ofTargets(sessionId, [messageId])) {
    const { position, value } = readEntry(register);
    const change = reactionIn(value as LogEvent);
    if (change) addReaction(reactions, change, position);
  }
  return foldReactions([], reactions, { after: beforeAll, reader });
}
