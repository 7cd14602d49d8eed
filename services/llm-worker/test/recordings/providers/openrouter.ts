import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream", "x-generation-id": "gen-1770000701-Or1" };
const json = { "content-type": "application/json" };

/** By OpenRouter's documents (streaming, errors and debugging, reasoning tokens) and by issues that quote its errors. */
export const recording: ProviderRecording = {
  provider: "OpenRouter",
  baseUrl: "https://openrouter.ai/api/v1",
  model: "openai/gpt-5-mini",
  exchanges: [
    {
      name: "a plain answer after comments that keep the connection open",
      status: 200,
      headers: sse,
      body: `: OPENROUTER PROCESSING

: OPENROUTER PROCESSING

data: {"id":"gen-1770000701-Or1","provider":"OpenAI","model":"openai/gpt-5-mini","object":"chat.completion.chunk","created":1770000701,"choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße aus"},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

: OPENROUTER PROCESSING

data: {"id":"gen-1770000701-Or1","provider":"OpenAI","model":"openai/gpt-5-mini","object":"chat.completion.chunk","created":1770000701,"choices":[{"index":0,"delta":{"role":"assistant","content":" Köln 👋"},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

data: {"id":"gen-1770000701-Or1","provider":"OpenAI","model":"openai/gpt-5-mini","object":"chat.completion.chunk","created":1770000701,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop","native_finish_reason":"completed","logprobs":null}]}

data: {"id":"gen-1770000701-Or1","provider":"OpenAI","model":"openai/gpt-5-mini","object":"chat.completion.chunk","created":1770000701,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null,"native_finish_reason":null,"logprobs":null}],"usage":{"prompt_tokens":12,"completion_tokens":8,"total_tokens":20,"cost":0.0000173,"is_byok":false,"prompt_tokens_details":{"cached_tokens":0},"completion_tokens_details":{"reasoning_tokens":0}}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 12, completionTokens: 8 },
      },
    },
    {
      name: "thoughts in `reasoning`, and again in `reasoning_details`",
      status: 200,
      headers: sse,
      body: `data: {"id":"gen-1770000702-Or2","provider":"DeepInfra","model":"qwen/qwen3-32b","object":"chat.completion.chunk","created":1770000702,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"The user","reasoning_details":[{"type":"reasoning.text","text":"The user","format":"unknown","index":0}]},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

data: {"id":"gen-1770000702-Or2","provider":"DeepInfra","model":"qwen/qwen3-32b","object":"chat.completion.chunk","created":1770000702,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":" greets me.","reasoning_details":[{"type":"reasoning.text","text":" greets me.","format":"unknown","index":0}]},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

data: {"id":"gen-1770000702-Or2","provider":"DeepInfra","model":"qwen/qwen3-32b","object":"chat.completion.chunk","created":1770000702,"choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!","reasoning":null,"reasoning_details":[]},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

data: {"id":"gen-1770000702-Or2","provider":"DeepInfra","model":"qwen/qwen3-32b","object":"chat.completion.chunk","created":1770000702,"choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":null},"finish_reason":"stop","native_finish_reason":"stop","logprobs":null}]}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      name: "an error in the middle of a stream, beside a reason of its own",
      status: 200,
      headers: sse,
      body: `data: {"id":"gen-1770000703-Or3","provider":"Together","model":"meta-llama/llama-3.3-70b-instruct","object":"chat.completion.chunk","created":1770000703,"choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"finish_reason":null,"native_finish_reason":null,"logprobs":null}]}

data: {"id":"gen-1770000703-Or3","object":"chat.completion.chunk","created":1770000703,"model":"meta-llama/llama-3.3-70b-instruct","provider":"Together","error":{"code":502,"message":"Provider returned error","metadata":{"raw":"upstream connect error","provider_name":"Together"}},"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"error","native_finish_reason":"error"}]}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      name: "the reason `error` and no error",
      status: 200,
      headers: sse,
      body: `data: {"id":"gen-1770000704-Or4","provider":"Chutes","model":"qwen/qwen3-32b","object":"chat.completion.chunk","created":1770000704,"choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"error","native_finish_reason":"error","logprobs":null}]}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      // By the document of errors: an error after the request was taken has the status 200.
      name: "an error as JSON with the status 200",
      status: 200,
      headers: json,
      body: `\n         \n\n         \n{"error":{"message":"Internal Server Error","code":500}}`,
      expected: { failure: "provider" },
    },
    {
      // What https://openrouter.ai/v1 leads to; the page is shortened to what matters.
      name: "a base URL without /api: a page",
      status: 200,
      headers: { "content-type": "text/html; charset=utf-8" },
      body: `<!DOCTYPE html><html lang="en"><head><meta charSet="utf-8"/><title>OpenRouter</title></head><body><div id="__next"></div></body></html>`,
      expected: { failure: "refused" },
    },
    {
      name: "no key",
      status: 401,
      headers: json,
      body: `{"error":{"message":"No auth credentials found","code":401}}`,
      expected: { failure: "refused" },
    },
    {
      name: "an account without credits",
      status: 402,
      headers: json,
      body: `{"error":{"message":"This request requires more credits, or fewer max_tokens. You requested up to 4096 tokens, but can only afford 1200. To increase, visit https://openrouter.ai/settings/credits and upgrade to a paid account","code":402,"metadata":{"provider_name":null}}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a prompt that moderation refused",
      status: 403,
      headers: json,
      body: `{"error":{"message":"openai/gpt-5-mini requires moderation on OpenAI. Your input was flagged for \\"violence\\". No credits were charged.","code":403,"metadata":{"reasons":["violence"],"flagged_input":"…","provider_name":"OpenAI","model_slug":"openai/gpt-5-mini"}}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a model without a provider",
      status: 404,
      headers: json,
      body: `{"error":{"message":"No endpoints found for qwen/qwen9.","code":404}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a refusal of the provider behind it, packed as text",
      status: 400,
      headers: json,
      body: String.raw`{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{\"object\":\"error\",\"message\":\"Unexpected role 'user' after role 'user'\",\"type\":\"invalid_request_message_order\",\"param\":null,\"code\":\"3230\"}","provider_name":"Mistral"}}}`,
      expected: { failure: "refused" },
    },
    {
      name: "more text than the context of that endpoint holds",
      status: 400,
      headers: json,
      body: `{"error":{"message":"This endpoint's maximum context length is 32768 tokens. However, you requested about 40015 tokens (35919 of text input, 4096 in the output). Please reduce the length of either one, or use the \\"middle-out\\" transform to compress your prompt automatically.","code":400,"metadata":{"provider_name":null}}}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a free model that is asked too often",
      status: 429,
      headers: { ...json, "retry-after": "30" },
      body: `{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"qwen/qwen3-32b:free is temporarily rate-limited upstream. Please retry shortly, or add your own key to accumulate your rate limits: https://openrouter.ai/settings/integrations","provider_name":"Chutes"}},"user_id":"user_0123"}`,
      expected: { failure: "rate_limited" },
    },
    {
      name: "no provider that is up",
      status: 503,
      headers: json,
      body: `{"error":{"message":"No instances available","code":503}}`,
      expected: { failure: "provider" },
    },
  ],
};
