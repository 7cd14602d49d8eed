import OpenAI from "openai";
import { Redaction } from "./redaction.ts";
import { TraitBook, type KnownTraits } from "./provider-traits.ts";
import { createProviderFetch, type ProxySettings } from "./transport/provider-fetch.ts";

export interface ProviderOptions {
  /** Unset for a server that needs no key. */
  readonly apiKey: string | undefined;
  /** Unset: OpenAI itself. */
  readonly baseUrl: string | undefined;
  readonly proxy: ProxySettings;
  /** What the operator knows about the provider. The worker learns the rest. */
  readonly known: KnownTraits;
  readonly logger: ProviderLogger;
}

/** The part of a logger that the provider layer uses. */
export interface ProviderLogger {
  warn(fields: object, message: string): void;
}

/** Everything that the adapters share: the SDK, what the worker has learnt about the provider, and the redaction of its messages. */
export interface Provider {
  readonly openai: OpenAI;
  readonly traits: TraitBook;
  readonly redaction: Redaction;
  readonly logger: ProviderLogger;
}

/** The longest time that Node's timers take. The settings of a reply end it sooner. */
const noTimeLimitMs = 2 ** 31 - 1;

export function createProvider(options: ProviderOptions): Provider {
  const { apiKey, baseUrl, proxy, known, logger } = options;
  const openai = new OpenAI({
    // The SDK needs a key, also for a server that needs none.
    apiKey: apiKey ?? "none",
    baseURL: baseUrl ?? null,
    timeout: noTimeLimitMs,
    fetch: createProviderFetch(baseUrl, proxy),
    // Otherwise the SDK would read them from the environment and send them to every server.
    organization: null,
    project: null,
    adminAPIKey: null,
    // The worker retries, because only it knows what people have seen already.
    maxRetries: 0,
    // The SDK's log would hold what the model said.
    logLevel: "off",
  });
  return {
    openai,
    traits: new TraitBook(baseUrl, known),
    redaction: new Redaction({ apiKey, baseUrl }),
    logger,
  };
}
