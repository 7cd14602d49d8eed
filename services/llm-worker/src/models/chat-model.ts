/** OpenAI's Chat Completions, and every server that speaks them. */
import { ChatAnswer } from "./answer/chat-answer.ts";
import type { Model } from "./model.ts";
import { createProviderModel } from "./provider-model.ts";
import type { Provider } from "./provider.ts";

export function createChatModel(provider: Provider): Model {
  return createProviderModel(provider, {
    async post({ openai }, { model, messages, replyTokens }, { traits, signal }) {
      const role = traits.systemRole === "developer" ? ("developer" as const) : ("system" as const);
      const body = {
        model,
        messages: messages.map((message) => (message.role === "system" ? { ...message, role } : message)),
        stream: true as const,
        ...(traits.streamOptions ? { stream_options: { include_usage: true } } : {}),
        ...(traits.limitName === "none" ? {} : { [traits.limitName]: replyTokens }),
      };
      return openai.chat.completions.create(body, { signal }).asResponse();
    },
    createAnswer: (onPart) => new ChatAnswer(onPart),
  });
}
