import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json" };

/** Streams have the form of a fixture of vercel/ai (groq-reasoning.chunks.txt); errors are as clients log them. */
export const recording: ProviderRecording = {
  provider: "Groq",
  baseUrl: "https://api.groq.com/openai/v1",
  model: "openai/gpt-oss-20b",
  exchanges: [
    {
      name: "a plain answer with usage in two places of the last chunk",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Gq1","object":"chat.completion.chunk","created":1770000801,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"x_groq":{"id":"req_01gq1","seed":872656815}}

data: {"id":"chatcmpl-Gq1","object":"chat.completion.chunk","created":1770000801,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":"Grüße aus"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq1","object":"chat.completion.chunk","created":1770000801,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":" Köln 👋"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq1","object":"chat.completion.chunk","created":1770000801,"model":"llama-3.3-70b-versatile","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"x_groq":{"id":"req_01gq1","usage":{"queue_time":0.17,"prompt_tokens":17,"prompt_time":0.0007,"completion_tokens":8,"completion_time":0.02,"total_tokens":25,"total_time":0.0207}},"usage":{"queue_time":0.17,"prompt_tokens":17,"prompt_time":0.0007,"completion_tokens":8,"completion_time":0.02,"total_tokens":25,"total_time":0.0207}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 17, completionTokens: 8 },
      },
    },
    {
      name: "thoughts in `reasoning`",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Gq2","object":"chat.completion.chunk","created":1770000802,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"x_groq":{"id":"req_01gq2"}}

data: {"id":"chatcmpl-Gq2","object":"chat.completion.chunk","created":1770000802,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"reasoning":"The user"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq2","object":"chat.completion.chunk","created":1770000802,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"reasoning":" greets me."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq2","object":"chat.completion.chunk","created":1770000802,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":"Hello!"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq2","object":"chat.completion.chunk","created":1770000802,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}],"x_groq":{"id":"req_01gq2","usage":{"prompt_tokens":17,"completion_tokens":30,"total_tokens":47}},"usage":{"prompt_tokens":17,"completion_tokens":30,"total_tokens":47}}

data: [DONE]

`,
      expected: {
        text: "Hello!",
        reasoning: "The user greets me.",
        reason: "stop",
        usage: { promptTokens: 17, completionTokens: 30 },
      },
    },
    {
      // reasoning_format raw, the default of some of its models: thoughts stay in the content.
      name: "thoughts in tags",
      status: 200,
      headers: sse,
      body: String.raw`data: {"id":"chatcmpl-Gq3","object":"chat.completion.chunk","created":1770000803,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"<think>\nEasy."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq3","object":"chat.completion.chunk","created":1770000803,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"content":"\n</think>\n\n4"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-Gq3","object":"chat.completion.chunk","created":1770000803,"model":"qwen/qwen3-32b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"length"}]}

data: [DONE]

`,
      expected: { text: "4", reasoning: "Easy.", reason: "length" },
    },
    {
      // groq-typescript raises an error for an event of this name.
      name: "an error in the middle of a stream, under a name of its own",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Gq4","object":"chat.completion.chunk","created":1770000804,"model":"openai/gpt-oss-20b","system_fingerprint":"fp_0123456789","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

event: error
data: {"error":{"message":"Internal Server Error","type":"internal_server_error"}}

`,
      expected: { failure: "provider" },
    },
    {
      name: "a wrong key",
      status: 401,
      headers: json,
      body: `{"error":{"message":"Invalid API Key","type":"invalid_request_error","code":"invalid_api_key"}}\n`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not exist",
      status: 404,
      headers: json,
      body: `{"error":{"message":"The model \`llama-9\` does not exist or you do not have access to it.","type":"invalid_request_error","code":"model_not_found"}}\n`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that is no longer served",
      status: 400,
      headers: json,
      body: `{"error":{"message":"The model \`llama3-8b-8192\` has been decommissioned and is no longer supported. Please refer to https://console.groq.com/docs/deprecations for a recommendation on which model to use instead.","type":"invalid_request_error","code":"model_decommissioned"}}\n`,
      expected: { failure: "refused" },
    },
    {
      name: "too many tokens a minute",
      status: 429,
      headers: { ...json, "retry-after": "24", "x-ratelimit-remaining-tokens": "2464" },
      body: `{"error":{"message":"Rate limit reached for model \`openai/gpt-oss-20b\` in organization \`org_0123\` service tier \`on_demand\` on tokens per minute (TPM): Limit 8000, Used 5536, Requested 5599. Please try again in 23.5125s. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing","type":"tokens","code":"rate_limit_exceeded"}}\n`,
      expected: { failure: "rate_limited" },
    },
    {
      name: "more text than the context holds",
      status: 400,
      headers: json,
      body: `{"error":{"message":"Please reduce the length of the messages or completion.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}\n`,
      expected: { failure: "context_too_long" },
    },
    {
      // No wait helps: one request is more than a minute's share. A shorter history does.
      name: "one request that is larger than a minute's tokens",
      status: 413,
      headers: json,
      body: `{"error":{"message":"Request too large for model \`openai/gpt-oss-120b\` in organization \`org_0123\` service tier \`on_demand\` on tokens per minute (TPM): Limit 8000, Requested 11176, please reduce your message size and try again. Need more tokens? Upgrade to Dev Tier today at https://console.groq.com/settings/billing","type":"tokens","code":"rate_limit_exceeded"}}\n`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a service without room",
      status: 503,
      headers: json,
      body: `{"error":{"message":"Service Unavailable","type":"internal_server_error"}}\n`,
      expected: { failure: "provider" },
    },
  ],
};
