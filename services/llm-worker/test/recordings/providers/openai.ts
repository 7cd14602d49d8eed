import { responsesExchanges } from "./openai-responses.ts";
import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** Streams have the form of the fixtures of vercel/ai (openai-text.chunks.txt), with `obfuscation` and `service_tier`. */
export const recording: ProviderRecording = {
  provider: "OpenAI",
  baseUrl: "https://api.openai.com/v1",
  model: "gpt-5-mini",
  exchanges: [
    {
      name: "a plain answer with obfuscation and a last chunk of usage",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Aa1","object":"chat.completion.chunk","created":1770000001,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"Qm1xYzB2"}

data: {"id":"chatcmpl-Aa1","object":"chat.completion.chunk","created":1770000001,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":"Grüße aus"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"a"}

data: {"id":"chatcmpl-Aa1","object":"chat.completion.chunk","created":1770000001,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" Köln 👋"},"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":""}

data: {"id":"chatcmpl-Aa1","object":"chat.completion.chunk","created":1770000001,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"usage":null,"obfuscation":"p0o9i"}

data: {"id":"chatcmpl-Aa1","object":"chat.completion.chunk","created":1770000001,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":"fp_0123456789","choices":[],"usage":{"prompt_tokens":12,"completion_tokens":7,"total_tokens":19,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},"obfuscation":"zzK"}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 12, completionTokens: 7 },
      },
    },
    {
      // Chat Completions of OpenAI never says what the model thought: the tokens are counted and nothing else.
      name: "a reasoning model that spent its whole limit on thoughts",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Aa2","object":"chat.completion.chunk","created":1770000002,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"finish_reason":null}],"usage":null,"obfuscation":"Z1"}

data: {"id":"chatcmpl-Aa2","object":"chat.completion.chunk","created":1770000002,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{"content":"Half"},"finish_reason":null}],"usage":null,"obfuscation":"Z2"}

data: {"id":"chatcmpl-Aa2","object":"chat.completion.chunk","created":1770000002,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":null,"choices":[{"index":0,"delta":{},"finish_reason":"length"}],"usage":null,"obfuscation":"Z3"}

data: {"id":"chatcmpl-Aa2","object":"chat.completion.chunk","created":1770000002,"model":"gpt-5-mini-2025-08-07","service_tier":"default","system_fingerprint":null,"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4096,"total_tokens":4105,"completion_tokens_details":{"reasoning_tokens":4095}},"obfuscation":"Z4"}

data: [DONE]

`,
      expected: {
        text: "Half",
        reasoning: "",
        reason: "length",
        usage: { promptTokens: 9, completionTokens: 4096 },
      },
    },
    {
      // By the reference of the API.
      name: "an answer that the content filter ended",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Aa3","object":"chat.completion.chunk","created":1770000003,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"To do that,"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Aa3","object":"chat.completion.chunk","created":1770000003,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"content_filter"}]}

data: [DONE]

`,
      expected: { text: "To do that,", reasoning: "", reason: "content_filter" },
    },
    {
      // By the form of the errors that openai-python raises from a stream.
      name: "an error in the middle of a stream",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Aa4","object":"chat.completion.chunk","created":1770000004,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

data: {"error":{"message":"The server had an error while processing your request. Sorry about that!","type":"server_error","param":null,"code":null}}

`,
      expected: { failure: "provider" },
    },
    {
      name: "a connection that ends in the middle of an event",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Aa5","object":"chat.completion.chunk","created":1770000005,"model":"gpt-4o-2024-08-06","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Aa5","object":"chat.completion.ch`,
      expected: { failure: "cut" },
    },
    {
      // The sentence and its mask as OpenAI says them; the key is nobody's.
      name: "a wrong key, said back with stars",
      status: 401,
      headers: json,
      body: `{
    "error": {
        "message": "Incorrect API key provided: sk-proj-********************************wxyz. You can find your API key at https://platform.openai.com/account/api-keys.",
        "type": "invalid_request_error",
        "param": null,
        "code": "invalid_api_key"
    }
}
`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not exist",
      status: 404,
      headers: json,
      body: `{
    "error": {
        "message": "The model \`gpt-9\` does not exist or you do not have access to it.",
        "type": "invalid_request_error",
        "param": null,
        "code": "model_not_found"
    }
}
`,
      expected: { failure: "refused" },
    },
    {
      // vercel/ai: reasoning-model-legacy-parameter-error.json
      name: "the old name of the limit",
      status: 400,
      headers: json,
      body: `{
  "error": {
    "message": "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "type": "invalid_request_error",
    "param": "max_tokens",
    "code": "unsupported_parameter"
  }
}
`,
      expected: { failure: "refused" },
    },
    {
      name: "a model without a system role",
      status: 400,
      headers: json,
      body: `{
  "error": {
    "message": "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
    "type": "invalid_request_error",
    "param": "messages[0].role",
    "code": "unsupported_value"
  }
}`,
      expected: { failure: "refused" },
    },
    {
      name: "more text than the model's context holds",
      status: 400,
      headers: json,
      body: `{
  "error": {
    "message": "This model's maximum context length is 128000 tokens. However, your messages resulted in 130007 tokens. Please reduce the length of the messages.",
    "type": "invalid_request_error",
    "param": "messages",
    "code": "context_length_exceeded"
  }
}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "too many requests, with the time to wait",
      status: 429,
      headers: {
        ...json,
        "retry-after": "2",
        "retry-after-ms": "1312",
        "x-ratelimit-limit-tokens": "30000",
        "x-ratelimit-remaining-tokens": "0",
        "x-request-id": "req_0123456789abcdef",
      },
      body: `{
    "error": {
        "message": "Rate limit reached for gpt-4o in organization org-0123 on tokens per min (TPM): Limit 30000, Used 29100, Requested 1556. Please try again in 1.312s. Visit https://platform.openai.com/account/rate-limits to learn more.",
        "type": "tokens",
        "param": null,
        "code": "rate_limit_exceeded"
    }
}
`,
      expected: { failure: "rate_limited" },
    },
    {
      // vercel/ai: openai-error.1.json
      name: "an account without money",
      status: 429,
      headers: json,
      body: `{
  "error": {
    "message": "You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.",
    "type": "insufficient_quota",
    "param": null,
    "code": "insufficient_quota"
  }
}
`,
      expected: { failure: "refused" },
    },
    {
      name: "a gateway before OpenAI that says so in HTML",
      status: 502,
      headers: { "content-type": "text/html" },
      body: `<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n`,
      expected: { failure: "provider" },
    },
    ...responsesExchanges,
  ],
};
