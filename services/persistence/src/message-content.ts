/** What is left of a message when its author has deleted it. */
import type { MessageEvent } from "./facts.ts";

export function withoutContent(frame: MessageEvent): MessageEvent {
  if (frame.type === "ai_complete") return { ...frame, message: "" };
  const { attachments: _attachments, ...rest } = frame;
  return { ...rest, message: "" };
}
