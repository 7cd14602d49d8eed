/** OpenAI's Chat Completions, and every server that speaks them. */
import type { ChatCompletionCreateParamsStreaming } from "openai/resources/chat/completions";
import { askAdapting } from "./request/adaptation.ts";
import { shapeMessages } from "./request/message-roles.ts";
import type { ProviderTraits } from "./request/provider-traits.ts";
import { ChatAnswer } from "./answer/chat-answer.ts";
import type { Model, ModelEnd, ModelPart, ModelRequest } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { ByteResponse } from "./transport/provider-fetch.ts";
import { readAnswer } from "./transport/answer-body.ts";

export function createChatModel(provider: Provider): Model {
  return {
    async stream(request, onPart) {
      return askAdapting(provider, request, onPart, (traits, onSeen) =>
        ask(provider, { request, traits, onPart: onSeen }),
      );
    },
  };
}

interface Ask {
  readonly request: ModelRequest;
  readonly traits: ProviderTraits;
  readonly onPart: (part: ModelPart) => void;
}

async function ask({ openai, redaction }: Provider, { request, traits, onPart }: Ask): Promise<ModelEnd> {
  const { signal } = request;
  const response = await openai.chat.completions.create(bodyOf(request, traits), { signal }).asResponse();
  const answer = new ChatAnswer(onPart);
  const end = await readAnswer(response as ByteResponse, answer, { signal, redaction });
  return answer.end(end);
}

function bodyOf(request: ModelRequest, traits: ProviderTraits): ChatCompletionCreateParamsStreaming {
  const { messages, replyTokens } = shapeMessages(request, traits);
  const role = traits.systemRole === "developer" ? "developer" : "system";
  return {
    model: request.model,
    messages: messages.map((message) => (message.role === "system" ? { ...message, role } : message)),
    stream: true,
    ...(traits.streamOptions ? { stream_options: { include_usage: true } } : {}),
    ...(traits.limitName === "none" ? {} : { [traits.limitName]: replyTokens }),
  };
}
