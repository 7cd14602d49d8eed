/** What a provider's model can and cannot, as far as it is known. */

export type LimitName = "max_tokens" | "max_completion_tokens" | "none";
export type SystemRole = "system" | "developer" | "user";

export interface ProviderTraits {
  /** What the provider calls the most tokens of a reply. */
  readonly limitName: LimitName;
  readonly refusedLimitNames: readonly LimitName[];
  /** Whether it may be asked for the usage with `stream_options`. */
  readonly streamOptions: boolean;
  /** Which role carries the system prompt; `user`: it leads the first message of a person. */
  readonly systemRole: SystemRole;
  /** Tokens that the prompt and its reply may have together, by our estimate. */
  readonly contextTokens: number | undefined;
  /** The same, where the provider has said it. */
  readonly toldContextTokens: number | undefined;
  /** The most that may be asked for in one reply. */
  readonly replyTokens: number | undefined;
}

/** What the operator set; `auto` is learnt. */
export interface KnownTraits {
  readonly limitName: "auto" | LimitName;
  readonly streamOptions: "auto" | "on" | "off";
  readonly systemRole: "auto" | SystemRole;
}

const rememberedModels = 200;
const newNames =
  /(?:^|\.)(?:openai\.com|openai\.azure\.com|cognitiveservices\.azure\.com|services\.ai\.azure\.com)$/;

/** What was learnt, for each model of one provider. People choose model names, so there is a bound on how many. */
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
