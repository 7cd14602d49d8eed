/** How ids are composed, and what can be read from them. */

/**
 * A reply's id contains the message that it answers and the prompt that asked for it. So a gateway understands a stop or a
 * regenerate of a reply without a look-up.
 */
export function replyIdOf(messageId: string, promptId: string): string {
  return `${messageId}.${promptId}`;
}

/** The user's message that `id` is about: `id` itself, or the message that a reply answers. */
export function messageOf(id: string): string {
  const dot = id.indexOf(".");
  return dot === -1 ? id : id.slice(0, dot);
}

/** The prompt that a reply answers; `undefined` for a user's message. */
export function promptOf(id: string): string | undefined {
  const dot = id.indexOf(".");
  return dot === -1 ? undefined : id.slice(dot + 1);
}

/** `Nats-Msg-Id` of the event that starts attempt `attempt` at a prompt, and of the one that ends the prompt. */
export const startEventId = (promptId: string, attempt: number): string => `start:${promptId}:${attempt}`;
export const completeEventId = (promptId: string): string => `done:${promptId}`;
