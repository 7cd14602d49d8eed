/** Sends a request to a provider, and sends it again in another form if the provider refuses the form and not its content. */
import type { ModelEnd, ModelPart, ModelRequest } from "../model.ts";
import { toFailure, type ModelFailure } from "../provider-failure.ts";
import type { Provider } from "../provider.ts";
import { shapeMessages, tokensOf, type ShapedRequest } from "./message-roles.ts";
import type { LimitName, ProviderTraits } from "../provider-traits.ts";

type Ask = (traits: ProviderTraits, onPart: (part: ModelPart) => void) => Promise<ModelEnd>;

/** One try for each trait that can be learnt, and some for a context that has to become shorter more than once. */
const maxLessons = 10;

/**
 * The worker remembers what it has learnt only after the provider has answered. A refusal can be about the conversation although it
 * names a part of the form, and then it must not change the requests of other conversations.
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
      const learnt = changesOf(known, remembered(traits));
      if (Object.keys(learnt).length > 0) book.learn(model, { ...book.of(model), ...learnt });
      const { contextTokens } = traits;
      logger.warn(
        { model, said, ...learnt, contextTokens },
        "the provider refuses a way of asking, and takes another one",
      );
    }
    wasSeen = true;
    onPart(part);
  };
  for (let lessons = 0; ; lessons++) {
    try {
      return await ask(traits, onSeen);
    } catch (error) {
      const failure = toFailure(error, redaction);
      if (wasSeen || request.signal.aborted || lessons >= maxLessons) throw failure;
      const learnt = learnFrom(failure, traits, request);
      if (!learnt) throw failure;
      traits = learnt;
      said = failure.message;
    }
  }
}

/** A size that was only guessed counts for this request alone. */
function remembered({ toldContextTokens, ...traits }: ProviderTraits): ProviderTraits {
  return { ...traits, toldContextTokens, contextTokens: toldContextTokens };
}

type Asked = Pick<ModelRequest, "messages" | "replyTokens">;

/** The traits for the next try. `undefined` if the form is not the reason of the refusal, or if there is no other form. Pure. */
export function learnFrom(
  failure: ModelFailure,
  traits: ProviderTraits,
  request: Asked,
): ProviderTraits | undefined {
  const said = failure.message.toLowerCase();
  if (finalStatuses.has(failure.status) || isQuoting(said, request.messages)) return undefined;
  if (failure.code === "context_too_long") return withLessContext(said, traits, request);
  if (failure.code === "refused") return learnFromRefusal(said, traits, request);
  // Some servers answer a failed template with a status of 500 or more. An outage has such a status as well, and it teaches nothing.
  return failure.code === "provider" && strictSystemWords.test(said) ? withoutSystemRole(traits) : undefined;
}

const quoteLength = 16;
const maxQuoted = 2_000;

/** Whether a refusal quotes what somebody wrote. People must not be able to change what the worker learns about a provider. */
function isQuoting(said: string, messages: Asked["messages"]): boolean {
  return messages.some(({ role, content }) => {
    if (role === "system") return false;
    const words = content.slice(0, maxQuoted).toLowerCase();
    for (let begin = 0; begin + quoteLength <= words.length; begin += quoteLength / 2)
      if (said.includes(words.slice(begin, begin + quoteLength))) return true;
    return false;
  });
}

const finalStatuses: ReadonlySet<number | undefined> = new Set([401, 402, 403]);

function learnFromRefusal(said: string, traits: ProviderTraits, request: Asked): ProviderTraits | undefined {
  if (limitNames(said).includes(traits.limitName) || said.includes(responsesLimit))
    return withOtherLimit(said, traits, request);
  if (/stream_options|include_usage/.test(said) && traits.streamOptions)
    return { ...traits, streamOptions: false };
  return strictSystemWords.test(said) || (systemWords.test(said) && refusalWords.test(said))
    ? withoutSystemRole(traits)
    : undefined;
}

const responsesLimit = "max_output_tokens";

function limitNames(said: string): string[] {
  return said.match(/\bmax_(?:completion_)?tokens\b/g) ?? [];
}

const unknownWords =
  /unsupported|unknown|unrecogni[sz]ed|unexpected|extra|instead|deprecated|not (?:a |an )?(?:supported|permitted|allowed|valid|known)/;
/** A number right after words that say that it is a limit. */
const boundWords =
  /(?:at most|(?:less|lower) than(?: or equal to)?|no (?:more|larger|greater) than|up to|<=|≤|maximum(?: allowed)?(?: value)?(?: is| of|:)?|\[\s*\d+\s*,|between \d+ and)[\s`'"]*(\d[\d,]{1,8})/;
const leastReplyTokens = 64;

function withOtherLimit(said: string, traits: ProviderTraits, request: Asked): ProviderTraits | undefined {
  if (traits.limitName === "none") return undefined;
  const bound = numberIn(boundWords, said) ?? 0;
  const sent = shapeMessages(request, traits).replyTokens;
  if (!unknownWords.test(said) && bound >= leastReplyTokens && bound < sent)
    return { ...traits, replyTokens: bound };
  const refused = [...traits.refusedLimitNames, traits.limitName];
  const names: readonly LimitName[] = said.includes(responsesLimit)
    ? ["none"]
    : ["max_tokens", "max_completion_tokens", "none"];
  const limitName = names.find((name) => !refused.includes(name));
  return limitName && { ...traits, limitName, refusedLimitNames: refused };
}

/** A template without a place for a system message may report it as a role in the wrong order. */
const strictSystemWords =
  /roles? must alternate|alternating roles|(?:system|developer) (?:role|message|prompt|instruction)s? (?:is |are )?(?:not supported|unsupported)|does not support ['"`]?(?:system|developer)\b/;
const systemWords =
  /\b(?:system|developer)['"`]? (?:role|message|prompt|instruction)s?\b|\brole\b[^.]{0,40}\b(?:system|developer)\b/;
const refusalWords =
  /not (?:supported|enabled|allowed|permitted|available|accept)|unsupported|does ?n[o']t (?:support|accept|allow)|unexpected|invalid|unknown|must be|expected/;

function withoutSystemRole(traits: ProviderTraits): ProviderTraits | undefined {
  return traits.systemRole === "user" ? undefined : { ...traits, systemRole: "user" };
}

/** Takes less of the conversation, or a shorter reply if the reply is the larger part. */
function withLessContext(said: string, traits: ProviderTraits, request: Asked): ProviderTraits | undefined {
  const sent = shapeMessages(request, traits);
  const told = contextTold(said);
  // The request fits by our estimate and not by the provider's count. So the next one is much shorter than this one.
  const most = Math.floor(tokensOf(sent) * 0.7);
  const learnt = {
    ...traits,
    contextTokens: Math.min(told ?? most, most),
    toldContextTokens: told ?? traits.toldContextTokens,
  };
  return isSame(sent, shapeMessages(request, learnt)) ? undefined : learnt;
}

const leastContextTokens = 256;
/** The number stands beside a word that says what it is. Other numbers can be part of a model's name, a status or a count. */
const contextWords: readonly RegExp[] = [
  /context[ _-]?(?:length|window|size|limit)[^.,;\d]{0,40}(\d[\d,]{2,8})\b/,
  /> ?(\d[\d,]{2,8}) (?:tokens? )?(?:maximum|max|limit)/,
  /(?:maximum|limit)(?: number)?(?: of| is|:)? (\d[\d,]{2,8}) (?:input |prompt )?tokens/,
  /(\d[\d,]{2,8})[ -]tokens? (?:context|limit|window)/,
];

function contextTold(said: string): number | undefined {
  const numbers = contextWords.flatMap((pattern) => numberIn(pattern, said) ?? []);
  return numbers.find((tokens) => tokens >= leastContextTokens);
}

function numberIn(pattern: RegExp, text: string): number | undefined {
  const digits = pattern.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits.replaceAll(",", ""));
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
