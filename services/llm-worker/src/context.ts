/** What the model is told of a session. Pure. */
import { messageOf, messagesOf, type LogEventOf, type PageMessage, type Timeline } from "@natter/protocol";
import type { ModelMessage } from "./models/model.ts";
import { estimateTokens } from "./token-estimate.ts";

type Question = LogEventOf<"message"> & PageMessage;
type Answer = LogEventOf<"ai_complete"> & PageMessage;

export interface ContextOptions {
  /** The message to answer. */
  readonly messageId: string;
  readonly systemPrompt: string;
  readonly budgetTokens: number;
}

/**
 * The messages before the one to answer, each followed by its latest answer that is not an error, whatever
 * its place in the log; then the message itself in its newest text. Newest first until the budget is used.
 * `undefined` if there is no such message, or no longer.
 */
export function contextOf(timeline: Timeline, options: ContextOptions): ModelMessage[] | undefined {
  const messages = messagesOf(timeline);
  const target = messages.findIndex(({ id }) => id === options.messageId);
  const asked = messages[target];
  if (asked?.type !== "message" || asked.deletedAt !== undefined) return undefined;
  const questions = messages.slice(0, target + 1).filter(isQuestion);
  const answers = latestAnswers(messages);
  const hasSeveral = new Set(questions.map(({ user }) => user.id)).size > 1;
  const told: ModelMessage[][] = [];
  let left = options.budgetTokens - estimateTokens(options.systemPrompt);
  for (const question of questions.toReversed()) {
    const answer = question.id === options.messageId ? undefined : answers.get(question.id);
    const exchange: ModelMessage[] = [{ role: "user", content: contentOf(question, hasSeveral) }];
    if (answer) exchange.push({ role: "assistant", content: answer.message });
    left -= exchange.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    // The message to answer is told whatever it costs.
    if (left < 0 && told.length > 0) break;
    told.push(exchange);
  }
  const system: ModelMessage[] =
    options.systemPrompt === "" ? [] : [{ role: "system", content: options.systemPrompt }];
  return [...system, ...told.toReversed().flat()];
}

function isQuestion(message: PageMessage): message is Question {
  return message.type === "message" && message.deletedAt === undefined;
}

function latestAnswers(messages: readonly PageMessage[]): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const message of messages) {
    if (message.type !== "ai_complete" || message.finishReason === "error" || message.message === "")
      continue;
    answers.set(messageOf(message.id), message);
  }
  return answers;
}

/** In company the model has to know who speaks. */
function contentOf({ message, user, attachments }: Question, hasSeveral: boolean): string {
  const files = attachments?.map(({ name }) => `[${name}]`).join(" ");
  const text = files ? `${message}\n${files}` : message;
  return hasSeveral ? `${user.name}: ${text}` : text;
}
