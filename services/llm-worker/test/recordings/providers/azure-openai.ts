import type { ProviderRecording } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const json = { "content-type": "application/json" };

/** Streams have the form of a fixture of vercel/ai (azure-model-router.1.chunks.txt): fields in the order of the alphabet. */
export const recording: ProviderRecording = {
  provider: "Azure OpenAI",
  baseUrl: "https://example.openai.azure.com/openai/v1/",
  model: "my-gpt-5-mini",
  exchanges: [
    {
      name: "a plain answer between the verdicts of the content filter",
      status: 200,
      headers: sse,
      body: `data: {"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"jailbreak":{"filtered":false,"detected":false},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}}}]}

data: {"choices":[{"content_filter_results":{},"delta":{"content":"","refusal":null,"role":"assistant"},"finish_reason":null,"index":0,"logprobs":null}],"created":1770000201,"id":"chatcmpl-Bb1","model":"gpt-5-mini-2025-08-07","obfuscation":"D3Wb","object":"chat.completion.chunk","system_fingerprint":null,"usage":null}

data: {"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":false,"severity":"safe"}},"delta":{"content":"Grüße"},"finish_reason":null,"index":0,"logprobs":null}],"created":1770000201,"id":"chatcmpl-Bb1","model":"gpt-5-mini-2025-08-07","obfuscation":"NNpA","object":"chat.completion.chunk","system_fingerprint":null,"usage":null}

data: {"choices":[{"content_filter_results":{},"delta":{},"finish_reason":"stop","index":0,"logprobs":null}],"created":1770000201,"id":"chatcmpl-Bb1","model":"gpt-5-mini-2025-08-07","obfuscation":"Zaro","object":"chat.completion.chunk","system_fingerprint":null,"usage":null}

data: {"choices":[],"created":1770000201,"id":"chatcmpl-Bb1","model":"gpt-5-mini-2025-08-07","obfuscation":"DjqQ","object":"chat.completion.chunk","system_fingerprint":null,"usage":{"completion_tokens":70,"completion_tokens_details":{"accepted_prediction_tokens":0,"audio_tokens":0,"reasoning_tokens":64,"rejected_prediction_tokens":0},"prompt_tokens":15,"prompt_tokens_details":{"audio_tokens":0,"cached_tokens":0},"total_tokens":85}}

data: [DONE]

`,
      expected: {
        text: "Grüße",
        reasoning: "",
        reason: "stop",
        usage: { promptTokens: 15, completionTokens: 70 },
      },
    },
    {
      // By Microsoft's document of the asynchronous filter: its verdicts come late, in choices that have no delta.
      name: "verdicts of the asynchronous filter, without a delta, also after the end",
      status: 200,
      headers: sse,
      body: `data: {"id":"chatcmpl-Bb2","object":"chat.completion.chunk","created":1770000202,"model":"gpt-4o","choices":[{"index":0,"finish_reason":null,"delta":{"role":"assistant","content":"Good"}}]}

data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":48}}]}

data: {"id":"chatcmpl-Bb2","object":"chat.completion.chunk","created":1770000202,"model":"gpt-4o","choices":[{"index":0,"finish_reason":null,"delta":{"content":" morning"}}]}

data: {"id":"chatcmpl-Bb2","object":"chat.completion.chunk","created":1770000202,"model":"gpt-4o","choices":[{"index":0,"finish_reason":"stop","delta":{}}]}

data: {"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"content_filter_offsets":{"check_offset":506,"start_offset":44,"end_offset":571}}]}

data: [DONE]

`,
      expected: { text: "Good morning", reasoning: "", reason: "stop" },
    },
    {
      // By the form of the fixture and the names of the filter's verdicts.
      name: "an answer that the filter ended",
      status: 200,
      headers: sse,
      body: `data: {"choices":[{"content_filter_results":{},"delta":{"content":"To do that,","role":"assistant"},"finish_reason":null,"index":0}],"created":1770000203,"id":"chatcmpl-Bb3","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_0123456789"}

data: {"choices":[{"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"self_harm":{"filtered":false,"severity":"safe"},"sexual":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"}},"delta":{},"finish_reason":"content_filter","index":0}],"created":1770000203,"id":"chatcmpl-Bb3","model":"gpt-4o-2024-08-06","object":"chat.completion.chunk","system_fingerprint":"fp_0123456789"}

data: [DONE]

`,
      expected: { text: "To do that,", reasoning: "", reason: "content_filter" },
    },
    {
      // Azure's own sentence, as a recorded exchange of the Azure SDK for JavaScript has it.
      name: "a wrong key",
      status: 401,
      headers: json,
      body: `{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource."}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a deployment that does not exist",
      status: 404,
      headers: json,
      body: `{"error":{"code":"DeploymentNotFound","message":"The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, please wait a moment and try again."}}`,
      expected: { failure: "refused" },
    },
    {
      name: "a base URL without /openai/v1",
      status: 404,
      headers: json,
      body: `{"error":{"code":"404","message": "Resource not found"}}`,
      expected: { failure: "refused" },
    },
    {
      // The body that SDKs log for it; the verdicts are shortened.
      name: "a prompt that the filter refused",
      status: 400,
      headers: json,
      body: `{"error":{"message":"The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your prompt and retry. To learn more about our content filtering policies please read our documentation: https://go.microsoft.com/fwlink/?linkid=2198766","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{"hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"high"}}}}}`,
      expected: { failure: "refused" },
    },
    {
      name: "the old name of the limit",
      status: 400,
      headers: json,
      body: `{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}`,
      expected: { failure: "refused" },
    },
    {
      name: "too many tokens a minute",
      status: 429,
      headers: { ...json, "retry-after": "26" },
      body: `{"error":{"code":"429","message": "Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded token rate limit of your current OpenAI S0 pricing tier. Please retry after 26 seconds. Please go here: https://aka.ms/oai/quotaincrease if you would like to further increase the default rate limit."}}`,
      expected: { failure: "rate_limited" },
    },
    {
      name: "more text than the model's context holds",
      status: 400,
      headers: json,
      body: `{"error":{"message":"This model's maximum context length is 128000 tokens. However, your messages resulted in 130007 tokens. Please reduce the length of the messages.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}}`,
      expected: { failure: "context_too_long" },
    },
  ],
};
