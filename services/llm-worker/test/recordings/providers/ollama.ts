import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json" };

/** By Ollama's source (openai/openai.go, middleware/openai.go): fields, their order, and what it does with an error. */
export const recording: ProviderRecording = {
  provider: "Ollama",
  baseUrl: "http://127.0.0.1:11434/v1",
  model: "llama3.2",
  exchanges: [
    {
      name: "a plain answer that repeats the role in each chunk",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1770000301,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Grüße aus"},"finish_reason":null}]}

data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1770000301,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":" Köln 👋"},"finish_reason":null}]}

data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1770000301,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1770000301,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[],"usage":{"prompt_tokens":26,"completion_tokens":8,"total_tokens":34}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 26, completionTokens: 8 },
      },
    },
    {
      name: "thoughts in `reasoning`",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-124","object":"chat.completion.chunk","created":1770000302,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":"The user"},"finish_reason":null}]}

data: {"id":"chatcmpl-124","object":"chat.completion.chunk","created":1770000302,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning":" greets me."},"finish_reason":null}]}

data: {"id":"chatcmpl-124","object":"chat.completion.chunk","created":1770000302,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Hello!"},"finish_reason":null}]}

data: {"id":"chatcmpl-124","object":"chat.completion.chunk","created":1770000302,"model":"qwen3:8b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      // What Ollama sent before it had `reasoning`, and sends for models whose template it does not know.
      name: "thoughts in tags that are cut between chunks",
      status: 200,
      headers: sse,
      body: String.raw`data: {"id":"chatcmpl-125","object":"chat.completion.chunk","created":1770000303,"model":"deepseek-r1:7b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"\u003cthi"},"finish_reason":null}]}

data: {"id":"chatcmpl-125","object":"chat.completion.chunk","created":1770000303,"model":"deepseek-r1:7b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"nk\u003e\nEasy.\n\u003c/"},"finish_reason":null}]}

data: {"id":"chatcmpl-125","object":"chat.completion.chunk","created":1770000303,"model":"deepseek-r1:7b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"think\u003e\n\n4"},"finish_reason":null}]}

data: {"id":"chatcmpl-125","object":"chat.completion.chunk","created":1770000303,"model":"deepseek-r1:7b","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"stop"}]}

data: [DONE]

`,
      expected: { text: "4", reasoning: "Easy.", reason: "stop" },
    },
    {
      name: "an answer that reached its limit",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-126","object":"chat.completion.chunk","created":1770000304,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Once upon a"},"finish_reason":null}]}

data: {"id":"chatcmpl-126","object":"chat.completion.chunk","created":1770000304,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":"length"}]}

data: [DONE]

`,
      expected: { text: "Once upon a", reasoning: "", reason: "length" },
    },
    {
      // Its OpenAI layer reads the error as an empty piece of an answer, and the stream ends without a reason or [DONE].
      name: "an error in the middle of a stream, of which only an empty chunk is left",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-127","object":"chat.completion.chunk","created":1770000305,"model":"llama3.2","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"finish_reason":null}]}

data: {"id":"chatcmpl-127","object":"chat.completion.chunk","created":1770000305,"model":"","system_fingerprint":"fp_ollama","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]}

`,
      expected: { failure: "cut" },
    },
    {
      name: "a model that was not pulled",
      status: 404,
      headers: json,
      body: `{"error":{"message":"model 'llama9' not found","type":"not_found_error","param":null,"code":null}}\n`,
      expected: { failure: "refused" },
    },
    {
      name: "a base URL without /v1",
      status: 404,
      headers: { "content-type": "text/plain" },
      body: "404 page not found",
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not fit into memory",
      status: 500,
      headers: json,
      body: `{"error":{"message":"model requires more system memory (8.4 GiB) than is available (5.6 GiB)","type":"api_error","param":null,"code":null}}\n`,
      expected: { failure: "provider" },
    },
    {
      name: "a server with a full queue",
      status: 503,
      headers: json,
      body: `{"error":{"message":"server busy, please try again.  maximum pending requests exceeded","type":"api_error","param":null,"code":null}}\n`,
      expected: { failure: "provider" },
    },
    {
      // Most versions cut old text off silently instead.
      name: "more text than the context holds, where Ollama says so",
      status: 400,
      headers: json,
      body: `{"error":{"message":"prompt too long; exceeded max context length by 4096 tokens","type":"invalid_request_error","param":null,"code":null}}\n`,
      expected: { failure: "context_too_long" },
    },
  ],
};
