/** OpenAI's Responses API. The system prompt is its `instructions`, and the limit has one name only. */
import { ResponsesAnswer } from "./answer/responses-answer.ts";
import type { Model } from "./model.ts";
import { createProviderModel } from "./provider-model.ts";
import type { Provider } from "./provider.ts";

export function createResponsesModel(provider: Provider): Model {
  return createProviderModel(provider, {
    async post({ openai }, { model, messages, replyTokens }, { traits, signal }) {
      const system = messages.find(({ role }) => role === "system");
      const turns = messages.filter((message) => message !== system);
      const body = {
        model,
        input: turns.map(({ role, content }) => ({ role, content })),
        ...(system ? { instructions: system.content } : {}),
        stream: true as const,
        // The conversation is natter's; a copy at the provider would outlive its deletion.
        store: false,
        ...(traits.limitName === "none" ? {} : { max_output_tokens: replyTokens }),
      };
      return openai.responses.create(body, { signal }).asResponse();
    },
    createAnswer: (onPart, { redaction }) => new ResponsesAnswer(onPart, redaction),
  });
}
