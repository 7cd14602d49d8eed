import { describeModel } from "../../src/models/contract/model.contract.ts";

const usage = { input_tokens: 3, output_tokens: 4 };

describeModel({
  api: "responses",
  text: (delta) => ({ type: "response.output_text.delta", item_id: "i", delta }),
  reasoning: (delta) => ({ type: "response.reasoning_summary_text.delta", item_id: "i", delta }),
  end: (reason) => [
    reason === "stop"
      ? { type: "response.completed", response: { status: "completed", usage } }
      : {
          type: "response.incomplete",
          response: { status: "incomplete", incomplete_details: { reason: "max_output_tokens" }, usage },
        },
  ],
  document: (text) => ({
    object: "response",
    status: "completed",
    output: [{ type: "message", content: [{ type: "output_text", text }] }],
  }),
  asked: {
    system: (body) => body["instructions"] as string | undefined,
    turns: (body) => (body["input"] ?? []) as { role: string; content: string }[],
    replyTokens: (body) => body["max_output_tokens"],
  },
});
