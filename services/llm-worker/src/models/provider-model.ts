/** What all adapters share: one request, the read of its answer to the end, and a second request in another form where that helps. */
import { askAdapting } from "./request/adaptation.ts";
import { shapeMessages, type ShapedRequest } from "./request/message-roles.ts";
import type { ProviderTraits } from "./provider-traits.ts";
import type { Model, ModelEnd, ModelPart } from "./model.ts";
import type { Provider } from "./provider.ts";
import { ModelFailure } from "./provider-failure.ts";
import { readAnswer } from "./transport/answer-body.ts";
import type { AnswerReader, BodyEnd } from "./transport/answer-reader.ts";
import type { ByteResponse } from "./transport/provider-fetch.ts";

/** An answer of an API while it is read. */
export interface Answer extends AnswerReader {
  /** Passes on the text that it held back. */
  flush(): void;
  /** The end of the answer. Call this after the last byte. @throws ModelFailure if the model did not say that it had finished */
  end(bodyEnd: BodyEnd): ModelEnd;
}

/** How a request to an API is made, and how its answer is read. */
export interface ProviderApi {
  post(
    provider: Provider,
    request: ShapedRequest & { readonly model: string },
    how: { readonly traits: ProviderTraits; readonly signal: AbortSignal },
  ): Promise<Response>;
  createAnswer(onPart: (part: ModelPart) => void, provider: Provider): Answer;
}

export function createProviderModel(provider: Provider, api: ProviderApi): Model {
  return {
    async stream(request, onPart) {
      const { model, signal } = request;
      return askAdapting(provider, request, onPart, async (traits, onSeen) => {
        const shaped = { model, ...shapeMessages(request, traits) };
        const response = await api.post(provider, shaped, { traits, signal });
        const answer = api.createAnswer(onSeen, provider);
        try {
          const end = await readAnswer(response as ByteResponse, answer, {
            signal,
            redaction: provider.redaction,
          });
          return answer.end(end);
        } catch (error) {
          if (error instanceof ModelFailure) answer.flush();
          throw error;
        }
      });
    },
  };
}
