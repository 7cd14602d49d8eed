import OpenAI from "openai";
import { Redaction } from "./redaction.ts";
import { TraitBook, type KnownTraits } from "./provider-traits.ts";
import { createProviderFetch, type ProxySettings } from "./transport/provider-fetch.ts";

export interface ProviderOptions {
  /** Unset for servers of one's own that want none. */
  readonly apiKey: string | undefined;
  /** Unset: OpenAI itself. */
  readonly baseUrl: string | undefined;
  readonly proxy: ProxySettings;
  /** What the operator knows of the provider; the rest is learnt. */
  readonly known: KnownTraits;
  readonly logger: ProviderLogger;
}

/** The part of a logger that the provider layer uses. */
export interface ProviderLogger {
  warn(fields: object, message: string): void;
}

/** Everything that the adapters share: the SDK, what was learnt of the provider, and what must not be said of it. */
export interface Provider {
  readonly openai: OpenAI;
  readonly traits: TraitBook;
  readonly redaction: Redaction;
  readonly logger: ProviderLogger;
}

/** Node's timers take no longer time; the settings of a reply end it sooner. */
const noTimeLimitMs = 2 ** 31 - 1;

export function createProvider(options: ProviderOptions): Provider {
  const { apiKey, baseUrl, proxy, known, logger } = options;
  const openai = new OpenAI({
    // The SDK wants a text.
    apiKey: apiKey ?? "none",
    baseURL: baseUrl ?? null,
    timeout: noTimeLimitMs,
    fetch: createProviderFetch(baseUrl, proxy),
    // It would read them from the environment, and tell servers of one's own of them.
    organization: null,
    project: null,
    adminAPIKey: null,
    // The worker retries: it knows what people have seen already.
    maxRetries: 0,
    // It would print what the model said.
    logLevel: "off",
  });
  return {
    openai,
    traits: new TraitBook(baseUrl, known),
    redaction: new Redaction({ apiKey, baseUrl }),
    logger,
  };
}
