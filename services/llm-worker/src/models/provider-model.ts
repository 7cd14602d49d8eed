/** What all adapters have in common: one request, its answer read to its end, asked again in another way where that helps. */
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
  /** Hands over what was held back. */
  flush(): void;
  /** How it ended, once its bytes have. @throws ModelFailure if the model did not say that it is done */
  end(bodyEnd: BodyEnd): ModelEnd;
}

/** How an API is asked and read. */
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
