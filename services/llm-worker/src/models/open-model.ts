import { createChatModel } from "./chat-model.ts";
import type { Model } from "./model.ts";
import { createProvider, type ProviderOptions } from "./provider.ts";
import { createResponsesModel } from "./responses-model.ts";

export interface ModelOptions extends ProviderOptions {
  readonly api: "chat" | "responses";
}

/** The adapter for a configuration. */
export function openModel(options: ModelOptions): Model {
  const provider = createProvider(options);
  return options.api === "responses" ? createResponsesModel(provider) : createChatModel(provider);
}
