/** The durable events of a reply. Pure; `type` comes first, because readers look at the first bytes. */
import { aiUser, replyIdOf, type FinishReason, type LogEventOf, type Prompt } from "@natter/protocol";
import type { GenerationEnd } from "./generation.ts";

export function startEvent(
  prompt: Prompt,
  own: { attempt: number; claim: string; model: string },
): LogEventOf<"ai_start"> {
  return {
    type: "ai_start",
    id: replyIdOf(prompt.messageId, prompt.promptId),
    user: aiUser,
    sentAt: new Date().toISOString(),
    promptId: prompt.promptId,
    messageId: prompt.messageId,
    ...own,
  };
}

export function completeEvent(
  prompt: Prompt,
  reply: {
    attempt: number;
    chunks: number;
    text: string;
    reasoning?: string;
    end: GenerationEnd;
    model: string;
  },
): LogEventOf<"ai_complete"> {
  const { finishReason, ...rest } = reply.end;
  return {
    type: "ai_complete",
    id: replyIdOf(prompt.messageId, prompt.promptId),
    user: aiUser,
    sentAt: new Date().toISOString(),
    promptId: prompt.promptId,
    messageId: prompt.messageId,
    attempt: reply.attempt,
    chunks: reply.chunks,
    message: reply.text,
    ...(reply.reasoning ? { reasoning: reply.reasoning } : {}),
    finishReason: finishReason satisfies FinishReason,
    ...rest,
    model: reply.model,
  };
}

/** Ends a prompt whose session was deleted: the event holds no text. */
export function discardedEvent(
  prompt: Prompt,
  own: { attempt: number; model: string },
): LogEventOf<"ai_complete"> {
  const end: GenerationEnd = { finishReason: "stopped" };
  return { ...completeEvent(prompt, { ...own, chunks: 0, text: "", end }), discarded: true };
}
