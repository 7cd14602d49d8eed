/** The messages of a request as a provider takes them. Pure. */
import type { ModelMessage, ModelRequest } from "../model.ts";
import { estimateTokens } from "../token-estimate.ts";
import { isBroken } from "@natter/runtime";
import type { ProviderTraits } from "../provider-traits.ts";

export interface ShapedRequest {
  readonly messages: readonly ModelMessage[];
  readonly replyTokens: number;
}

const leastReplyTokens = 16;
const separator = "\n\n";

/** At most one system message, first; after it user and assistant in turn, beginning and ending with user. */
export function shapeMessages(
  { messages, replyTokens }: Pick<ModelRequest, "messages" | "replyTokens">,
  { systemRole, contextTokens, replyTokens: maxReplyTokens }: ProviderTraits,
): ShapedRequest {
  const most = Math.min(replyTokens, maxReplyTokens ?? replyTokens);
  if (contextTokens === undefined) return { messages: inTurn(messages, systemRole), replyTokens: most };
  const left = Math.max(leastReplyTokens, Math.min(most, Math.floor(contextTokens / 2)));
  return { messages: inTurn(shortened(messages, contextTokens - left), systemRole), replyTokens: left };
}

/** The tokens of the messages and of the reply, by our estimate. */
export function tokensOf({ messages, replyTokens }: ShapedRequest): number {
  return messages.reduce((sum, { content }) => sum + estimateTokens(content), replyTokens);
}

function inTurn(messages: readonly ModelMessage[], systemRole: ProviderTraits["systemRole"]): ModelMessage[] {
  if (isBroken("worker.no-alternation")) return [...messages];
  const system = joined(messages.filter(({ role, content }) => role === "system" && content !== ""));
  const turns: ModelMessage[] = [];
  for (const message of messages) {
    const { role, content } = message;
    const last = turns.at(-1);
    if (role === "system" || content === "" || (role === "assistant" && !last)) continue;
    if (last?.role === role)
      turns[turns.length - 1] = { role, content: `${last.content}${separator}${content}` };
    else turns.push(message);
  }
  if (turns.at(-1)?.role === "assistant") turns.pop();
  if (system === "") return turns;
  if (systemRole !== "user") return [{ role: "system", content: system }, ...turns];
  const [first, ...rest] = turns;
  return first ? [{ role: "user", content: `${system}${separator}${first.content}` }, ...rest] : [];
}

function joined(messages: readonly ModelMessage[]): string {
  return messages.map(({ content }) => content).join(separator);
}

/** The system messages, the last message, and the latest of the others that fit. */
function shortened(messages: readonly ModelMessage[], budgetTokens: number): ModelMessage[] {
  const system = messages.filter(({ role }) => role === "system");
  const turns = messages.filter(({ role }) => role !== "system");
  let left = budgetTokens - system.reduce((sum, { content }) => sum + estimateTokens(content), 0);
  const kept: ModelMessage[] = [];
  for (const message of turns.toReversed()) {
    left -= estimateTokens(message.content);
    if (left < 0 && kept.length > 0) break;
    kept.push(message);
  }
  return [...system, ...kept.toReversed()];
}
