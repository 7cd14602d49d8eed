import { describeModel } from "../../src/models/contract/model.contract.ts";

interface Message {
  readonly role: string;
  readonly content: string;
}

const messagesOf = (body: Readonly<Record<string, unknown>>): readonly Message[] =>
  (body["messages"] ?? []) as readonly Message[];

describeModel({
  api: "chat",
  text: (content) => ({ choices: [{ index: 0, delta: { content }, finish_reason: null }] }),
  reasoning: (text) => ({ choices: [{ index: 0, delta: { reasoning_content: text }, finish_reason: null }] }),
  end: (reason) => [
    { choices: [{ index: 0, delta: {}, finish_reason: reason }] },
    { choices: [], usage: { prompt_tokens: 3, completion_tokens: 4 } },
  ],
  document: (content) => ({ choices: [{ index: 0, message: { content }, finish_reason: "stop" }] }),
  asked: {
    system: (body) => messagesOf(body).find(({ role }) => role === "system")?.content,
    turns: (body) => messagesOf(body).filter(({ role }) => role !== "system"),
    replyTokens: (body) => body["max_tokens"] ?? body["max_completion_tokens"],
  },
});
