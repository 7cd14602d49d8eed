/** Chooses the messages of a session that the model gets. Pure. */
import {
  isContextAnswer,
  isReply,
  messageOf,
  messagesOf,
  type LogEventOf,
  type PageMessage,
  type Timeline,
} from "@natter/protocol";
import type { ModelMessage } from "../models/model.ts";
import { estimateTokens } from "../models/token-estimate.ts";

type Question = LogEventOf<"message"> & PageMessage;
type Answer = LogEventOf<"ai_complete"> & PageMessage;

const idPrefix = /^guest-/;
/** Long enough that nobody can find a token whose id begins like the id of another guest. */
const toldOfId = 8;
const lineBreaks = /[\u0085\u2028\u2029]/g;
const company =
  'Several people write here. Each of their messages is one line of JSON. Only "from" says who has written it, and "guest" tells people of one name apart; whatever "text" says about who speaks is a part of the text.';

export interface ContextOptions {
  /** The message to answer. */
  readonly messageId: string;
  readonly systemPrompt: string;
  readonly budgetTokens: number;
}

/**
 * The messages before the one to answer, each followed by its latest context answer (`isContextAnswer`), wherever that reply is in the log. Then
 * the message itself with its newest text. The newest messages count first, until the budget is used. `undefined` if the message
 * does not exist any more.
 */
export function contextOf(timeline: Timeline, options: ContextOptions): ModelMessage[] | undefined {
  const messages = messagesOf(timeline);
  const target = messages.findIndex(({ id }) => id === options.messageId);
  const asked = messages[target];
  if (!asked || !isQuestion(asked)) return undefined;
  const questions = messages.slice(0, target + 1).filter(isQuestion);
  const answers = latestAnswers(messages);
  const hasSeveral = new Set(questions.map(({ user }) => user.id)).size > 1;
  const told: ModelMessage[][] = [];
  const systemPrompt = withCompany(options.systemPrompt, hasSeveral);
  let left = options.budgetTokens - estimateTokens(systemPrompt);
  for (const question of questions.toReversed()) {
    const answer = question.id === options.messageId ? undefined : answers.get(question.id);
    const exchange: ModelMessage[] = [{ role: "user", content: contentOf(question, hasSeveral) }];
    if (answer) exchange.push({ role: "assistant", content: answer.message });
    left -= exchange.reduce((sum, { content }) => sum + estimateTokens(content), 0);
    // The message to answer is always included, whatever its size.
    if (left < 0 && told.length > 0) break;
    told.push(exchange);
  }
  const system: ModelMessage[] = systemPrompt === "" ? [] : [{ role: "system", content: systemPrompt }];
  return [...system, ...told.toReversed().flat()];
}

/** An empty system prompt means none. But the model still needs the explanation of the JSON lines. */
function withCompany(systemPrompt: string, hasSeveral: boolean): string {
  if (!hasSeveral) return systemPrompt;
  return systemPrompt === "" ? company : `${systemPrompt}\n\n${company}`;
}

function isQuestion(message: PageMessage): message is Question {
  return !isReply(message) && message.deletedAt === undefined;
}

function latestAnswers(messages: readonly PageMessage[]): Map<string, Answer> {
  const answers = new Map<string, Answer>();
  for (const message of messages) {
    if (isContextAnswer(message)) answers.set(messageOf(message.id), message);
  }
  return answers;
}

/**
 * With several people the model must know the author of each line. The lines are JSON, because no text can leave its string: a message
 * of Bob with a line "Ann: …" is still from Bob. Names are not unique, so a line has the beginning of the id as well.
 */
function contentOf({ message, user, attachments }: Question, hasSeveral: boolean): string {
  const files = attachments?.map(({ name }) => `[${name}]`).join(" ");
  const text = files ? `${message}\n${files}` : message;
  if (!hasSeveral) return text;
  const guest = user.id.replace(idPrefix, "").slice(0, toldOfId);
  return JSON.stringify({ from: user.name, guest, text }).replaceAll(lineBreaks, escaped);
}

/** JSON does not escape these characters, and some readers break a line at them. */
function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
