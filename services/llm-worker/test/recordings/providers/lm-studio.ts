import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json; charset=utf-8" };

/** By LM Studio's documents and by what its bug tracker quotes; its source is not public. */
export const recording: ProviderRecording = {
  provider: "LM Studio",
  baseUrl: "http://127.0.0.1:1234/v1",
  model: "qwen/qwen3-8b",
  exchanges: [
    {
      name: "a plain answer",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-r8k2","object":"chat.completion.chunk","created":1770000501,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße aus"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k2","object":"chat.completion.chunk","created":1770000501,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":" Köln 👋"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k2","object":"chat.completion.chunk","created":1770000501,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: {"id":"chatcmpl-r8k2","object":"chat.completion.chunk","created":1770000501,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[],"usage":{"prompt_tokens":13,"completion_tokens":8,"total_tokens":21}}

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
      name: "thoughts in `reasoning_content`, where that setting is on",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-r8k3","object":"chat.completion.chunk","created":1770000502,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","reasoning_content":"The user greets me."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k3","object":"chat.completion.chunk","created":1770000502,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k3","object":"chat.completion.chunk","created":1770000502,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      name: "thoughts in tags, where that setting is off",
      status: 200,
      headers: sse,
      body: String.raw`data: {"id":"chatcmpl-r8k4","object":"chat.completion.chunk","created":1770000503,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"<think>"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k4","object":"chat.completion.chunk","created":1770000503,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"\nEasy.\n"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k4","object":"chat.completion.chunk","created":1770000503,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"</think>"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k4","object":"chat.completion.chunk","created":1770000503,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"\n\n4"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-r8k4","object":"chat.completion.chunk","created":1770000503,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}

data: [DONE]

`,
      expected: { text: "4", reasoning: "Easy.", reason: "stop" },
    },
    {
      name: "an error in the middle of a stream",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-r8k5","object":"chat.completion.chunk","created":1770000504,"model":"qwen/qwen3-8b","system_fingerprint":"qwen/qwen3-8b","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

event: error
data: {"error":{"message":"Compute error."},"message":"Compute error."}

`,
      expected: { failure: "provider" },
    },
    {
      // The sentence is LM Studio's. That it can be the only event of a stream is what clients report.
      name: "more text than the loaded context holds, in a stream",
      status: 200,
      headers: sse,
      body: `event: error
data: {"error":"Trying to keep the first 14538 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input"}

`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "more text than the loaded context holds",
      status: 400,
      headers: json,
      body: `{"error":"Trying to keep the first 14538 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough. Try to load the model with a larger context length, or provide a shorter input. Error Data: n/a, Additional Data: n/a"}`,
      expected: { failure: "context_too_long" },
    },
    {
      // Its bug tracker has these headers and this body.
      name: "a base URL without /v1, answered with 200",
      status: 200,
      headers: { ...json, "x-powered-by": "Express" },
      body: `{"error":"Unexpected endpoint or method. (POST /chat/completions)"}`,
      expected: { failure: "provider" },
    },
    {
      name: "no model loaded",
      status: 400,
      headers: json,
      body: `{"error":{"message":"No models loaded. Please load a model in the developer page or use the 'lms load' command.","type":"invalid_request_error","param":"model","code":"model_not_found"}}`,
      expected: { failure: "refused" },
    },
  ],
};
