import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** Streams have the form of fixtures of vercel/ai (mistral-text, mistral-reasoning); errors are as issues quote them. */
export const recording: ProviderRecording = {
  provider: "Mistral",
  baseUrl: "https://api.mistral.ai/v1",
  model: "mistral-small-latest",
  exchanges: [
    {
      name: "a plain answer with usage beside the reason",
      status: 200,
      headers: sse,
      body: `data: {"id":"0123456789abcdef0123456789abcd01","object":"chat.completion.chunk","created":1770000901,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"logprobs":null}]}

data: {"id":"0123456789abcdef0123456789abcd01","object":"chat.completion.chunk","created":1770000901,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"content":"Grüße aus"},"finish_reason":null,"logprobs":null}],"p":"abcdefgh"}

data: {"id":"0123456789abcdef0123456789abcd01","object":"chat.completion.chunk","created":1770000901,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"content":" Köln 👋"},"finish_reason":null,"logprobs":null}],"p":"abc"}

data: {"id":"0123456789abcdef0123456789abcd01","object":"chat.completion.chunk","created":1770000901,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop","logprobs":null}],"usage":{"prompt_tokens":13,"total_tokens":21,"completion_tokens":8}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 13, completionTokens: 8 },
      },
    },
    {
      name: "thoughts as parts in a content that is a list",
      status: 200,
      headers: sse,
      body: `data: {"id":"0123456789abcdef0123456789abcd02","object":"chat.completion.chunk","created":1770000902,"model":"magistral-medium-2507","choices":[{"index":0,"delta":{"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Two and"}]}]},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd02","object":"chat.completion.chunk","created":1770000902,"model":"magistral-medium-2507","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":" two."}]}]},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd02","object":"chat.completion.chunk","created":1770000902,"model":"magistral-medium-2507","choices":[{"index":0,"delta":{"content":[{"type":"text","text":"It is"}]},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd02","object":"chat.completion.chunk","created":1770000902,"model":"magistral-medium-2507","choices":[{"index":0,"delta":{"content":" 4"},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd02","object":"chat.completion.chunk","created":1770000902,"model":"magistral-medium-2507","choices":[{"index":0,"delta":{"content":""},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"total_tokens":56,"completion_tokens":46}}

data: [DONE]

`,
      expected: {
        text: "It is 4",
        reasoning: "Two and two.",
        reason: "stop",
        usage: { promptTokens: 10, completionTokens: 46 },
      },
    },
    {
      name: "a reason of its own for a full context",
      status: 200,
      headers: sse,
      body: `data: {"id":"0123456789abcdef0123456789abcd03","object":"chat.completion.chunk","created":1770000903,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"role":"assistant","content":"Once upon a"},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd03","object":"chat.completion.chunk","created":1770000903,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"content":""},"finish_reason":"model_length"}],"usage":{"prompt_tokens":32000,"total_tokens":32768,"completion_tokens":768}}

data: [DONE]

`,
      expected: {
        text: "Once upon a",
        reasoning: "",
        reason: "length",
        usage: { promptTokens: 32000, completionTokens: 768 },
      },
    },
    {
      // The reference of Mistral's API lists this reason.
      name: "the reason `error`",
      status: 200,
      headers: sse,
      body: `data: {"id":"0123456789abcdef0123456789abcd04","object":"chat.completion.chunk","created":1770000904,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"finish_reason":null}]}

data: {"id":"0123456789abcdef0123456789abcd04","object":"chat.completion.chunk","created":1770000904,"model":"mistral-small-latest","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}]}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      name: "a wrong key",
      status: 401,
      headers: json,
      body: `{"detail":"Unauthorized"}`,
      expected: { failure: "refused" },
    },
    {
      name: "the new name of the limit",
      status: 422,
      headers: json,
      body: `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","max_completion_tokens"],"msg":"Extra inputs are not permitted","input":4096}]},"type":"invalid_request_error","param":null,"code":null}`,
      expected: { failure: "refused" },
    },
    {
      // By the form of the refusal above.
      name: "a request for usage, refused",
      status: 422,
      headers: json,
      body: `{"object":"error","message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]},"type":"invalid_request_error","param":null,"code":null}`,
      expected: { failure: "refused" },
    },
    {
      name: "roles in an order that it does not take",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant","type":"invalid_request_message_order","param":null,"code":"3230"}`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not exist",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"Invalid model: mistral-huge","type":"invalid_model","param":null,"code":"1500"}`,
      expected: { failure: "refused" },
    },
    {
      name: "more text than the context holds",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"Prompt contains 65673 tokens and 0 draft tokens, too large for model with 32768 maximum context length","type":"invalid_request_prompt","param":null,"code":"3051"}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a plan without room",
      status: 429,
      headers: json,
      body: `{"object":"error","message":"Service tier capacity exceeded for this model.","type":"service_tier_capacity_exceeded","param":null,"code":"3505"}`,
      expected: { failure: "rate_limited" },
    },
  ],
};
