/** What is left of a message, for whom not all of it is meant. */
import { isReply, type PageMessage } from "@natter/protocol";

/** For the model: who reacted is no part of the conversation either. */
export function withoutReactions(message: PageMessage): PageMessage {
  const { reactions: _reactions, ...rest } = message;
  return rest;
}

/** For the model and for a search: what the model thought aloud is no part of the conversation. */
export function withoutReasoning(message: PageMessage): PageMessage {
  if (!isReply(message) || message.reasoning === undefined) return message;
  const { reasoning: _reasoning, ...rest } = message;
  return rest;
}
