import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** By vLLM's source (entrypoints/openai): pydantic's compact JSON for chunks, Python's spaced one for errors in a stream. */
export const recording: ProviderRecording = {
  provider: "vLLM",
  baseUrl: "http://127.0.0.1:8000/v1",
  model: "Qwen/Qwen3-8B",
  exchanges: [
    {
      name: "a plain answer",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-4d1f","object":"chat.completion.chunk","created":1770000401,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"prompt_token_ids":null}

data: {"id":"chatcmpl-4d1f","object":"chat.completion.chunk","created":1770000401,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"Grüße aus"},"logprobs":null,"finish_reason":null,"token_ids":null}]}

data: {"id":"chatcmpl-4d1f","object":"chat.completion.chunk","created":1770000401,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":" Köln 👋"},"logprobs":null,"finish_reason":"stop","stop_reason":null,"token_ids":null}]}

data: {"id":"chatcmpl-4d1f","object":"chat.completion.chunk","created":1770000401,"model":"Qwen/Qwen3-8B","choices":[],"usage":{"prompt_tokens":14,"total_tokens":22,"completion_tokens":8}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 14, completionTokens: 8 },
      },
    },
    {
      // DeltaMessage copies one field into the other for older clients.
      name: "thoughts under two names at once, to be shown once",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-4d20","object":"chat.completion.chunk","created":1770000402,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":"","reasoning_content":null},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d20","object":"chat.completion.chunk","created":1770000402,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"reasoning":"The user","reasoning_content":"The user"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d20","object":"chat.completion.chunk","created":1770000402,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"reasoning":" greets me.","reasoning_content":" greets me."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d20","object":"chat.completion.chunk","created":1770000402,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"Hello!","reasoning_content":null},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d20","object":"chat.completion.chunk","created":1770000402,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop","stop_reason":null}]}

data: [DONE]

`,
      expected: { text: "Hello!", reasoning: "The user greets me.", reason: "stop" },
    },
    {
      // Without --reasoning-parser, and with a template that writes the first tag into the prompt.
      name: "thoughts of which only the closing tag is sent",
      status: 200,
      headers: sse,
      body: String.raw`data: {"id":"chatcmpl-4d21","object":"chat.completion.chunk","created":1770000403,"model":"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d21","object":"chat.completion.chunk","created":1770000403,"model":"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B","choices":[{"index":0,"delta":{"content":"Two and two."},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d21","object":"chat.completion.chunk","created":1770000403,"model":"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B","choices":[{"index":0,"delta":{"content":"\n</think>"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d21","object":"chat.completion.chunk","created":1770000403,"model":"deepseek-ai/DeepSeek-R1-Distill-Qwen-7B","choices":[{"index":0,"delta":{"content":"\n\n4"},"logprobs":null,"finish_reason":"stop","stop_reason":null}]}

data: [DONE]

`,
      expected: { text: "4", reasoning: "Two and two.", reason: "stop" },
    },
    {
      name: "a reason of its own for a request that was aborted",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-4d22","object":"chat.completion.chunk","created":1770000404,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

data: {"id":"chatcmpl-4d22","object":"chat.completion.chunk","created":1770000404,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"abort","stop_reason":null}]}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      name: "an error in the middle of a stream, and [DONE] after it",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-4d23","object":"chat.completion.chunk","created":1770000405,"model":"Qwen/Qwen3-8B","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}]}

data: {"error": {"message": "EngineCore encountered an issue. See stack trace (above) for the root cause.", "type": "InternalServerError", "param": null, "code": 500}}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      name: "the same error as older versions say it",
      status: 200,
      headers: sse,
      body: `data: {"object": "error", "message": "EngineCore encountered an issue.", "type": "BadRequestError", "param": null, "code": 400}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      name: "a wrong key",
      status: 401,
      headers: json,
      body: `{"error":"Unauthorized"}`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that is not served here",
      status: 404,
      headers: json,
      body: `{"error":{"message":"The model \`llama-9\` does not exist.","type":"NotFoundError","param":"model","code":404}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a template without a system role",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"System role not supported","type":"BadRequestError","param":null,"code":400}`,
      expected: { failure: "refused" },
    },
    {
      name: "a template that wants the roles to alternate",
      status: 400,
      headers: json,
      body: `{"error":{"message":"Conversation roles must alternate user/assistant/user/assistant/...","type":"BadRequestError","param":null,"code":400}}`,
      expected: { failure: "refused" },
    },
    {
      // The older form; the sentence is also what many servers say that are built on vLLM.
      name: "messages and limit that do not fit into the context together",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"This model's maximum context length is 8192 tokens. However, you requested 8204 tokens (4108 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.","type":"BadRequestError","param":null,"code":400}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "an unknown field, refused by a strict version",
      status: 400,
      headers: json,
      body: `{"object":"error","message":"[{'type': 'extra_forbidden', 'loc': ('body', 'max_completion_tokens'), 'msg': 'Extra inputs are not permitted', 'input': 4096}]","type":"BadRequestError","param":null,"code":400}`,
      expected: { failure: "refused" },
    },
  ],
};
