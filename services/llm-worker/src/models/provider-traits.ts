/** What a model of a provider supports, as far as the worker knows. */

export type LimitName = "max_tokens" | "max_completion_tokens" | "none";
export type SystemRole = "system" | "developer" | "user";

export interface ProviderTraits {
  /** The provider's name for the limit of a reply's tokens. */
  readonly limitName: LimitName;
  readonly refusedLimitNames: readonly LimitName[];
  /** Whether a request may have `stream_options`, which ask for the usage. */
  readonly streamOptions: boolean;
  /** Which role carries the system prompt; `user`: it leads the first message of a person. */
  readonly systemRole: SystemRole;
  /** Tokens that the prompt and its reply may have together, by our estimate. */
  readonly contextTokens: number | undefined;
  /** The same, by the provider's own count, where the provider has given it. */
  readonly toldContextTokens: number | undefined;
  /** The highest limit of a reply's tokens that the provider takes. */
  readonly replyTokens: number | undefined;
}

/** What the operator has set. The worker learns what is `auto`. */
export interface KnownTraits {
  readonly limitName: "auto" | LimitName;
  readonly streamOptions: "auto" | "on" | "off";
  readonly systemRole: "auto" | SystemRole;
}

const rememberedModels = 200;
const newNames =
  /(?:^|\.)(?:openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/;

/** What the worker has learnt about each model of one provider. People choose model names, so their number is limited. */
export class TraitBook {
  readonly #first: ProviderTraits;
  readonly #byModel = new Map<string, ProviderTraits>();

  constructor(baseUrl: string | undefined, known: KnownTraits) {
    this.#first = {
      limitName: known.limitName === "auto" ? usualLimitName(baseUrl) : known.limitName,
      refusedLimitNames: [],
      streamOptions: known.streamOptions !== "off",
      systemRole: known.systemRole === "auto" ? "system" : known.systemRole,
      contextTokens: undefined,
      toldContextTokens: undefined,
      replyTokens: undefined,
    };
  }

  of(model: string): ProviderTraits {
    return this.#byModel.get(model) ?? this.#first;
  }

  learn(model: string, traits: ProviderTraits): void {
    this.#byModel.delete(model);
    this.#byModel.set(model, traits);
    const [oldest] = this.#byModel.keys();
    if (this.#byModel.size > rememberedModels && oldest !== undefined) this.#byModel.delete(oldest);
  }
}

/** OpenAI's newer models refuse the old name, and other servers do not all know the new one. */
function usualLimitName(baseUrl: string | undefined): LimitName {
  const host =
    baseUrl === undefined ? "api.openai.com" : URL.canParse(baseUrl) ? new URL(baseUrl).hostname : "";
  return newNames.test(host) ? "max_completion_tokens" : "max_tokens";
}
