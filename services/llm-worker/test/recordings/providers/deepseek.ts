import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** Streams have the form of a fixture of vercel/ai (deepseek-system-fingerprint.chunks.txt); errors are as clients log them. */
export const recording: ProviderRecording = {
  provider: "DeepSeek",
  baseUrl: "https://api.deepseek.com",
  model: "deepseek-chat",
  exchanges: [
    {
      // Its documents say that it sends these comments while a request waits.
      name: "a plain answer after comments that keep the connection open",
      status: 200,
      headers: sse,
      body: `: keep-alive

: keep-alive

data: {"id":"01234567-89ab-cdef-0123-456789abcd01","object":"chat.completion.chunk","created":1770001001,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd01","object":"chat.completion.chunk","created":1770001001,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":"Grüße aus"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd01","object":"chat.completion.chunk","created":1770001001,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":" Köln 👋"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd01","object":"chat.completion.chunk","created":1770001001,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":8,"total_tokens":17,"prompt_tokens_details":{"cached_tokens":0},"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":9}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 9, completionTokens: 8 },
      },
    },
    {
      name: "thoughts in `reasoning_content`, and null in the other field",
      status: 200,
      headers: sse,
      body: `data: {"id":"01234567-89ab-cdef-0123-456789abcd02","object":"chat.completion.chunk","created":1770001002,"model":"deepseek-reasoner","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd02","object":"chat.completion.chunk","created":1770001002,"model":"deepseek-reasoner","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":null,"reasoning_content":"The user"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd02","object":"chat.completion.chunk","created":1770001002,"model":"deepseek-reasoner","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":null,"reasoning_content":" greets me."},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd02","object":"chat.completion.chunk","created":1770001002,"model":"deepseek-reasoner","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":"Hello!","reasoning_content":null},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd02","object":"chat.completion.chunk","created":1770001002,"model":"deepseek-reasoner","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":"","reasoning_content":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":30,"total_tokens":39,"completion_tokens_details":{"reasoning_tokens":22}}}

data: [DONE]

`,
      expected: {
        text: "Hello!",
        reasoning: "The user greets me.",
        reason: "stop",
        usage: { promptTokens: 9, completionTokens: 30 },
      },
    },
    {
      // The reference of its API lists this reason.
      name: "a reason of its own: the machines are full",
      status: 200,
      headers: sse,
      body: `data: {"id":"01234567-89ab-cdef-0123-456789abcd03","object":"chat.completion.chunk","created":1770001003,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"role":"assistant","content":"Once"},"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"01234567-89ab-cdef-0123-456789abcd03","object":"chat.completion.chunk","created":1770001003,"model":"deepseek-chat","system_fingerprint":"fp_0123456789_prod","choices":[{"index":0,"delta":{"content":""},"logprobs":null,"finish_reason":"insufficient_system_resource"}],"usage":null}

data: [DONE]

`,
      expected: { failure: "provider" },
    },
    {
      // Its documents: after ten minutes in which nothing began, the server closes the connection.
      name: "comments and then nothing",
      status: 200,
      headers: sse,
      body: `: keep-alive\n\n: keep-alive\n\n: keep-alive\n\n`,
      expected: { failure: "cut" },
    },
    {
      name: "a wrong key, said back with stars",
      status: 401,
      headers: json,
      body: `{"error":{"message":"Authentication Fails, Your api key: ****wxyz is invalid","type":"authentication_error","param":null,"code":"invalid_request_error"}}`,
      expected: { failure: "refused" },
    },
    {
      name: "an account without money",
      status: 402,
      headers: json,
      body: `{"error":{"message":"Insufficient Balance","type":"unknown_error","param":null,"code":"invalid_request_error"}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not exist",
      status: 400,
      headers: json,
      body: `{"error":{"message":"Model Not Exist","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`,
      expected: { failure: "refused" },
    },
    {
      name: "more text than the context holds",
      status: 400,
      headers: json,
      body: `{"error":{"message":"This model's maximum context length is 131072 tokens. However, you requested 140015 tokens (135919 in the messages, 4096 in the completion). Please reduce the length of the messages or completion.","type":"invalid_request_error","param":null,"code":"invalid_request_error"}}`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a server with too much to do",
      status: 503,
      headers: json,
      body: `{"error":{"message":"Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.","type":"service_unavailable_error","param":null,"code":"service_unavailable_error"}}`,
      expected: { failure: "provider" },
    },
  ],
};
