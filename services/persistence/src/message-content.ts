/** What is left of a message, for whom not all of it is meant. */
import type { PageMessage } from "@natter/protocol";
import type { MessageEvent } from "./facts.ts";

/** When its author has deleted it. */
export function withoutContent(frame: MessageEvent): MessageEvent {
  if (frame.type === "ai_complete") {
    const { reasoning: _reasoning, ...rest } = frame;
    return { ...rest, message: "" };
  }
  const { attachments: _attachments, ...rest } = frame;
  return { ...rest, message: "" };
}

/** For the model: who reacted is no part of the conversation either. */
export function withoutReactions(message: PageMessage): PageMessage {
  const { reactions: _reactions, ...rest } = message;
  return rest;
}

/** For the model and for a search: what the model thought aloud is no part of the conversation. */
export function withoutReasoning(message: PageMessage): PageMessage {
  if (message.type !== "ai_complete" || message.reasoning === undefined) return message;
  const { reasoning: _reasoning, ...rest } = message;
  return rest;
}
