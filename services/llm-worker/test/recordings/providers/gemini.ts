import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream" };
const json = { "content-type": "application/json; charset=UTF-8" };

/**
 * Streams are as clients captured them (the bug tracker of noho/dayu-agent, published examples of the endpoint): fields in the order
 * of the alphabet, whole sentences in a chunk. Errors are Google's own objects, pretty-printed and inside of a list.
 */
export const recording: ProviderRecording = {
  provider: "Gemini",
  baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
  model: "gemini-2.5-flash",
  exchanges: [
    {
      name: "a plain answer whose last text comes with the reason",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"delta":{"content":"Grüße aus","role":"assistant"},"index":0}],"created":1770001101,"id":"Gm1","model":"gemini-2.5-flash","object":"chat.completion.chunk","usage":{"completion_tokens":3,"prompt_tokens":6,"total_tokens":9}}

data: {"choices":[{"delta":{"content":" Köln 👋","role":"assistant"},"finish_reason":"stop","index":0}],"created":1770001101,"id":"Gm1","model":"gemini-2.5-flash","object":"chat.completion.chunk","usage":{"completion_tokens":8,"prompt_tokens":6,"total_tokens":14}}

data: [DONE]

`,
      expected: {
        text: "Grüße aus Köln 👋",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 6, completionTokens: 8 },
      },
    },
    {
      // Only if include_thoughts is asked for, which natter does not do; a proxy may.
      name: "thoughts in tags and under a flag; the closing tag is in the first piece of the answer",
      status: 200,
      headers: sse,
      body: String.raw`data: {"choices":[{"delta":{"content":"<thought>**Greeting**\n\nThe user greets me.\n\n\n","extra_content":{"google":{"thought":true}},"role":"assistant"},"index":0}],"created":1770001102,"id":"Gm2","model":"gemini-2.5-flash","object":"chat.completion.chunk"}

data: {"choices":[{"delta":{"content":"I answer.\n\n\n","extra_content":{"google":{"thought":true}},"role":"assistant"},"index":0}],"created":1770001103,"id":"Gm2","model":"gemini-2.5-flash","object":"chat.completion.chunk"}

data: {"choices":[{"delta":{"content":"</thought>Hello!","role":"assistant"},"finish_reason":"stop","index":0}],"created":1770001103,"id":"Gm2","model":"gemini-2.5-flash","object":"chat.completion.chunk"}

data: [DONE]

`,
      expected: {
        text: "Hello!",
        reasoning: "**Greeting**\n\nThe user greets me.\n\n\nI answer.",
        reason: "stop",
      },
    },
    {
      name: "an answer that reached its limit before it began",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"delta":{"role":"assistant"},"finish_reason":"length","index":0}],"created":1770001104,"id":"Gm3","model":"gemini-2.5-flash","object":"chat.completion.chunk","usage":{"completion_tokens":0,"prompt_tokens":8,"total_tokens":4104}}

data: [DONE]

`,
      expected: {
        text: "",
        reasoning: "",
        reason: "length",
        usage: { promptTokens: 8, completionTokens: 0 },
      },
    },
    {
      name: "a content filter that says why in the reason, in a choice without a delta",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"finish_reason":"content_filter: PROHIBITED_CONTENT","index":0}],"created":1770001105,"id":"Gm4","model":"gemini-2.5-flash","object":"chat.completion.chunk","usage":{"completion_tokens":0,"prompt_tokens":8,"total_tokens":8}}

data: [DONE]

`,
      expected: {
        text: "",
        reasoning: "",
        reason: "content_filter",
        usage: { promptTokens: 8, completionTokens: 0 },
      },
    },
    {
      name: "a wrong key, in a list",
      status: 400,
      headers: json,
      body: `[{
  "error": {
    "code": 400,
    "message": "API key not valid. Please pass a valid API key.",
    "status": "INVALID_ARGUMENT",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "API_KEY_INVALID",
        "domain": "googleapis.com",
        "metadata": {
          "service": "generativelanguage.googleapis.com"
        }
      }
    ]
  }
}
]`,
      expected: { failure: "refused" },
    },
    {
      name: "a model that does not exist",
      status: 404,
      headers: json,
      body: `[{
  "error": {
    "code": 404,
    "message": "models/gemini-9 is not found for API version v1main, or is not supported for generateContent. Call ListModels to see the list of available models and their supported methods.",
    "status": "NOT_FOUND"
  }
}
]`,
      expected: { failure: "refused" },
    },
    {
      // The time to wait is in the body alone.
      name: "a quota of the free tier, without a retry-after header",
      status: 429,
      headers: json,
      body: String.raw`[{
  "error": {
    "code": 429,
    "message": "You exceeded your current quota, please check your plan and billing details. For more information on this error, head to: https://ai.google.dev/gemini-api/docs/rate-limits.\n* Quota exceeded for metric: generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: 10\nPlease retry in 31.4s.",
    "status": "RESOURCE_EXHAUSTED",
    "details": [
      {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "31s"
      }
    ]
  }
}
]`,
      expected: { failure: "rate_limited" },
    },
    {
      name: "more text than the context holds",
      status: 400,
      headers: json,
      body: `[{
  "error": {
    "code": 400,
    "message": "The input token count (1196265) exceeds the maximum number of tokens allowed (1048576).",
    "status": "INVALID_ARGUMENT"
  }
}
]`,
      expected: { failure: "context_too_long" },
    },
    {
      name: "a model with too much to do",
      status: 503,
      headers: json,
      body: `[{
  "error": {
    "code": 503,
    "message": "The model is overloaded. Please try again later.",
    "status": "UNAVAILABLE"
  }
}
]`,
      expected: { failure: "provider" },
    },
  ],
};
