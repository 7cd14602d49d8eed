/** OpenAI's Responses API. */
import type { ResponseCreateParamsStreaming } from "openai/resources/responses/responses";
import { askAdapting } from "./request/adaptation.ts";
import { shapeMessages } from "./request/message-roles.ts";
import type { ProviderTraits } from "./request/provider-traits.ts";
import { ResponsesAnswer } from "./answer/responses-answer.ts";
import type { Model, ModelEnd, ModelPart, ModelRequest } from "./model.ts";
import type { Provider } from "./provider.ts";
import type { ByteResponse } from "./transport/provider-fetch.ts";
import { readAnswer } from "./transport/answer-body.ts";

export function createResponsesModel(provider: Provider): Model {
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
  const response = await openai.responses.create(bodyOf(request, traits), { signal }).asResponse();
  const answer = new ResponsesAnswer(onPart, redaction);
  const end = await readAnswer(response as ByteResponse, answer, { signal, redaction });
  return answer.end(end);
}

function bodyOf(request: ModelRequest, traits: ProviderTraits): ResponseCreateParamsStreaming {
  const { messages, replyTokens } = shapeMessages(request, traits);
  const system = messages.find(({ role }) => role === "system");
  return {
    model: request.model,
    input: messages.filter((message) => message !== system).map(({ role, content }) => ({ role, content })),
    ...(system ? { instructions: system.content } : {}),
    stream: true,
    // The conversation is natter's; a copy at the provider would outlive its deletion.
    store: false,
    ...(traits.limitName === "none" ? {} : { max_output_tokens: replyTokens }),
  };
}
