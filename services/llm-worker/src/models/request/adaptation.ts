/** Asks a provider, and again in another way where it refuses the way and not the question. */
import { estimateTokens } from "../../token-estimate.ts";
import type { ModelEnd, ModelPart, ModelRequest } from "../model.ts";
import { toFailure, type ModelFailure } from "../provider-failure.ts";
import type { Provider } from "../provider.ts";
import { shapeMessages, tokensOf, type ShapedRequest } from "./message-roles.ts";
import type { LimitName, ProviderTraits } from "./provider-traits.ts";

type Ask = (traits: ProviderTraits, onPart: (part: ModelPart) => void) => Promise<ModelEnd>;

/** One for each thing that can be learnt, and some for a context that has to shrink more than once. */
const mostLessons = 10;

/**
 * What was learnt is remembered only once the provider has answered: a refusal can be about the conversation and name the words
 * of a way of asking all the same, and then it must not change what other conversations are asked.
 *
 * @throws ModelFailure
 */
export async function askAdapting(
  { traits: book, redaction, logger }: Provider,
  request: ModelRequest,
  onPart: (part: ModelPart) => void,
  ask: Ask,
): Promise<ModelEnd> {
  const { model } = request;
  const known = book.of(model);
  let traits = known;
  let said = "";
  let wasSeen = false;
  const onSeen = (part: ModelPart): void => {
    if (!wasSeen && traits !== known) {
      const learnt = changesOf(known, remembered(traits, request));
      book.learn(model, { ...book.of(model), ...learnt });
      logger.warn({ model, said, ...learnt }, "the provider refuses a way of asking, and takes another one");
    }
    wasSeen = true;
    onPart(part);
  };
  for (let lessons = 0; ; lessons++) {
    try {
      return await ask(traits, onSeen);
    } catch (error) {
      const failure = toFailure(error, redaction);
      if (wasSeen || request.signal.aborted || lessons >= mostLessons) throw failure;
      const learnt = learnFrom(failure, traits, request);
      if (!learnt) throw failure;
      traits = learnt;
      said = failure.message;
    }
  }
}

/** A context that one long message made small says little of other conversations. */
function remembered(traits: ProviderTraits, request: ModelRequest): ProviderTraits {
  const { contextTokens } = traits;
  if (contextTokens === undefined) return traits;
  const last = estimateTokens(request.messages.at(-1)?.content ?? "");
  return last > contextTokens / 2 ? { ...traits, contextTokens: undefined } : traits;
}

/** `undefined`: it is not the way of asking, or there is no other. Pure. */
export function learnFrom(
  failure: ModelFailure,
  traits: ProviderTraits,
  request: Pick<ModelRequest, "messages" | "replyTokens">,
): ProviderTraits | undefined {
  if (failure.code === "rate_limited" || failure.code === "cut") return undefined;
  if (failure.status === 401 || failure.status === 402 || failure.status === 403) return undefined;
  const said = failure.message.toLowerCase();
  if (failure.code === "context_too_long") return withLessContext(said, traits, request);
  const isLimit = /max_(?:completion_|output_)?tokens/.test(said) && said.includes(limitWord(said, traits));
  if (isLimit && traits.limitName !== "none") return withOtherLimit(said, traits, request);
  if (/stream_options|include_usage/.test(said) && traits.streamOptions)
    return { ...traits, streamOptions: false };
  if (isAboutSystemRole(said) && traits.systemRole !== "user") return { ...traits, systemRole: "user" };
  return undefined;
}

/** The name that was sent, or the one that it has in the Responses API. */
function limitWord(said: string, { limitName }: ProviderTraits): string {
  return said.includes("max_output_tokens") ? "max_output_tokens" : limitName;
}

const boundWords =
  /at most|less than|lower than|no more than|maximum|too (?:large|high|big)|range|between|<=|≤|up to|exceed|supports/;

function withOtherLimit(
  said: string,
  traits: ProviderTraits,
  request: Pick<ModelRequest, "messages" | "replyTokens">,
): ProviderTraits | undefined {
  const sent = shapeMessages(request, traits).replyTokens;
  const bound = boundWords.test(said) ? Math.max(0, ...numbersOf(said).filter((n) => n < sent)) : 0;
  if (bound > 0) return { ...traits, replyTokens: bound };
  const refused = [...traits.refusedLimitNames, traits.limitName];
  const names: readonly LimitName[] = said.includes("max_output_tokens")
    ? ["none"]
    : ["max_tokens", "max_completion_tokens", "none"];
  const limitName = names.find((name) => !refused.includes(name));
  return limitName && { ...traits, limitName, refusedLimitNames: refused };
}

const systemWords = /\b(?:system|developer)\b/;
const refusalWords =
  /not (?:supported|enabled|allowed|permitted|available|accept)|unsupported|does ?n[o']t (?:support|accept|allow)|only|unexpected|invalid|unknown|must|expected/;

/** A template that has no place for a system message may call it a role out of turn. */
function isAboutSystemRole(said: string): boolean {
  if (/roles? must alternate|alternating (?:user|roles)|after the optional system/.test(said)) return true;
  return systemWords.test(said) && /role|message|prompt|instruction/.test(said) && refusalWords.test(said);
}

/** Less of the conversation, and a shorter reply where that is the larger part. */
function withLessContext(
  said: string,
  traits: ProviderTraits,
  request: Pick<ModelRequest, "messages" | "replyTokens">,
): ProviderTraits | undefined {
  const sent = shapeMessages(request, traits);
  const sentTokens = tokensOf(sent);
  const told = contextTold(said);
  // Our estimate said that it fits and the provider's count says that it does not: less than was sent, by a good part.
  const contextTokens = Math.min(told ?? Number.POSITIVE_INFINITY, Math.floor(sentTokens * 0.7));
  const learnt = { ...traits, contextTokens };
  return isSame(sent, shapeMessages(request, learnt)) ? undefined : learnt;
}

const leastContextTokens = 64;

/** "maximum context length is 8192 tokens", "context size (4096 tokens)", "210000 tokens > 200000 maximum". */
function contextTold(said: string): number | undefined {
  const named = /(?:context[ _-]?(?:length|window|size|limit)|maximum|limit)[^.\d]{0,60}?(\d[\d,]{2,8})/.exec(
    said,
  );
  const numbers = named?.[1] === undefined ? numbersOf(said) : numbersOf(named[1]);
  const fitting = numbers.filter((n) => n >= leastContextTokens);
  return fitting.length > 0 ? Math.min(...fitting) : undefined;
}

function numbersOf(text: string): number[] {
  return (text.match(/\b\d[\d,]{0,10}\b/g) ?? []).map((digits) => Number(digits.replaceAll(",", "")));
}

function isSame(left: ShapedRequest, right: ShapedRequest): boolean {
  return (
    left.replyTokens === right.replyTokens &&
    left.messages.length === right.messages.length &&
    left.messages.every(({ content }, index) => content === right.messages[index]?.content)
  );
}

function changesOf(before: ProviderTraits, after: ProviderTraits): Partial<ProviderTraits> {
  const changed = (Object.keys(after) as (keyof ProviderTraits)[]).filter(
    (name) => after[name] !== before[name],
  );
  return Object.fromEntries(changed.map((name) => [name, after[name]]));
}
