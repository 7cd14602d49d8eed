import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json; charset=utf-8" };

/** By the source of llama-server (tools/server/server-task.cpp) and by what its pull requests say of harmony and of errors. */
export const recording: ProviderRecording = {
  provider: "llama.cpp server",
  baseUrl: "http://127.0.0.1:8080/v1",
  model: "gpt-oss-20b",
  exchanges: [
    {
      name: "a plain answer with timings",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1770000601,"id":"chatcmpl-Lc1","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Grüße aus"}}],"created":1770000601,"id":"chatcmpl-Lc1","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":" Köln 👋"}}],"created":1770000601,"id":"chatcmpl-Lc1","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1770000601,"id":"chatcmpl-Lc1","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[],"created":1770000601,"id":"chatcmpl-Lc1","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk","usage":{"completion_tokens":8,"prompt_tokens":68,"total_tokens":76},"timings":{"cache_n":0,"prompt_n":68,"prompt_ms":91.2,"predicted_n":8,"predicted_ms":120.5}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 68, completionTokens: 8 },
      },
    },
    {
      name: "thoughts in `reasoning_content`, where the template is known",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1770000602,"id":"chatcmpl-Lc2","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"reasoning_content":"The user greets me."}}],"created":1770000602,"id":"chatcmpl-Lc2","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hello!"}}],"created":1770000602,"id":"chatcmpl-Lc2","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1770000602,"id":"chatcmpl-Lc2","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      name: "raw harmony channels of gpt-oss, cut inside of their marks",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"role":"assistant","content":null}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"<|channel|>"}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"analysis<|mess"}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"age|>The user greets me.<|end|>"}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"<|start|>assistant<|channel|>final<|message|>Hel"}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"lo!"}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1770000603,"id":"chatcmpl-Lc3","model":"gpt-oss-20b","system_fingerprint":"b6100-0a1b2c3d","object":"chat.completion.chunk"}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      // --reasoning-format none, as the pull request that parses harmony describes it.
      name: "harmony channels whose last one has no mark",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"<|channel|>analysis<|message|>Easy."}}],"created":1770000604,"id":"chatcmpl-Lc4","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"<|end|>4"}}],"created":1770000604,"id":"chatcmpl-Lc4","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"stop","index":0,"delta":{}}],"created":1770000604,"id":"chatcmpl-Lc4","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: [DONE]

`,
      expected: { text: "4", reasoning: "Easy.", reason: "stop" },
    },
    {
      // ikawrakow/ik_llama.cpp, a relative of it, sends no [DONE].
      name: "an end with a reason and without [DONE]",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Hello!"}}],"created":1770000605,"id":"chatcmpl-Lc5","model":"phi-4","object":"chat.completion.chunk"}

data: {"choices":[{"finish_reason":"length","index":0,"delta":{}}],"created":1770000605,"id":"chatcmpl-Lc5","model":"phi-4","object":"chat.completion.chunk","usage":{"completion_tokens":2,"prompt_tokens":9,"total_tokens":11}}

`,
      expected: {
        text: "Hello!",
        reasoning: "",
        reason: "length",
        usage: { promptTokens: 9, completionTokens: 2 },
      },
    },
    {
      name: "an error in the middle of a stream",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":null,"index":0,"delta":{"content":"Once"}}],"created":1770000606,"id":"chatcmpl-Lc6","model":"gpt-oss-20b","system_fingerprint":"b7000-0a1b2c3d","object":"chat.completion.chunk"}

data: {"error":{"code":500,"message":"Compute error.","type":"server_error"}}

`,
      expected: { failure: "provider" },
    },
    {
      name: "more text than the context holds",
      status: 400,
      headers: json,
      body: `{"error":{"code":400,"message":"request (9412 tokens) exceeds the available context size (8192 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":9412,"n_ctx":8192}}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a wrong key",
      status: 401,
      headers: json,
      body: `{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that is still being loaded",
      status: 503,
      headers: json,
      body: `{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}`,
      expected: { failure: "provider" },
    },
    {
      // An exception of the chat template is a 500 in most versions.
      name: "a template without a system role",
      status: 500,
      headers: json,
      body: String.raw`{"error":{"code":500,"message":"System role not supported at row 1, column 68:\n{{ raise_exception('System role not supported') }}","type":"server_error"}}`,
      expected: { failure: "provider" },
    },
  ],
};
