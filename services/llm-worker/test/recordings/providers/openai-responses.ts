import type { Exchange } from "../recording.ts";

const sse = { "content-type": "text/event-stream; charset=utf-8" };
const api = "responses";

/**
 * OpenAI's Responses API. The events have the form of the fixtures of vercel/ai (openai-error.1.chunks.txt,
 * openai-error-null-code.1.chunks.txt, azure-gpt5-reasoning-multi-summary-no-encryption.chunks.txt); the `response` objects
 * have fewer fields here than there. The stream has no `[DONE]`.
 */
export const responsesExchanges: readonly Exchange[] = [
  {
    name: "Responses: a plain answer",
    api,
    status: 200,
    headers: sse,
    body: `event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_01","object":"response","created_at":1770000101,"status":"in_progress","background":false,"error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

event: response.in_progress
data: {"type":"response.in_progress","sequence_number":1,"response":{"id":"resp_01","object":"response","created_at":1770000101,"status":"in_progress","background":false,"error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","sequence_number":2,"output_index":0,"item":{"id":"msg_01","type":"message","status":"in_progress","content":[],"role":"assistant"}}

event: response.content_part.added
data: {"type":"response.content_part.added","sequence_number":3,"item_id":"msg_01","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":""}}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_01","output_index":0,"content_index":0,"delta":"Grüße aus","logprobs":[],"obfuscation":"Xy1"}

event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":5,"item_id":"msg_01","output_index":0,"content_index":0,"delta":" Köln 👋","logprobs":[],"obfuscation":"Xy"}

event: response.output_text.done
data: {"type":"response.output_text.done","sequence_number":6,"item_id":"msg_01","output_index":0,"content_index":0,"text":"Grüße aus Köln 👋","logprobs":[]}

event: response.content_part.done
data: {"type":"response.content_part.done","sequence_number":7,"item_id":"msg_01","output_index":0,"content_index":0,"part":{"type":"output_text","annotations":[],"logprobs":[],"text":"Grüße aus Köln 👋"}}

event: response.output_item.done
data: {"type":"response.output_item.done","sequence_number":8,"output_index":0,"item":{"id":"msg_01","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Grüße aus Köln 👋"}],"role":"assistant"}}

event: response.completed
data: {"type":"response.completed","sequence_number":9,"response":{"id":"resp_01","object":"response","created_at":1770000101,"status":"completed","background":false,"error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[{"id":"msg_01","type":"message","status":"completed","content":[{"type":"output_text","annotations":[],"logprobs":[],"text":"Grüße aus Köln 👋"}],"role":"assistant"}],"usage":{"input_tokens":12,"input_tokens_details":{"cached_tokens":0},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":19}}}

`,
    expected: {
      text: "Grüße aus Köln 👋",
      reasoning: "",
      reason: "stop",
      usage: { promptTokens: 12, completionTokens: 7 },
    },
  },
  {
    name: "Responses: a summary of what the model thought, then the answer",
    api,
    status: 200,
    headers: sse,
    body: `event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_02","object":"response","created_at":1770000102,"status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

event: response.output_item.added
data: {"type":"response.output_item.added","item":{"id":"rs_02","type":"reasoning","summary":[]},"output_index":0,"sequence_number":1}

event: response.reasoning_summary_part.added
data: {"type":"response.reasoning_summary_part.added","item_id":"rs_02","output_index":0,"part":{"type":"summary_text","text":""},"sequence_number":2,"summary_index":0}

event: response.reasoning_summary_text.delta
data: {"type":"response.reasoning_summary_text.delta","delta":"Adding","item_id":"rs_02","obfuscation":"Kk1","output_index":0,"sequence_number":3,"summary_index":0}

event: response.reasoning_summary_text.delta
data: {"type":"response.reasoning_summary_text.delta","delta":" two numbers","item_id":"rs_02","obfuscation":"Kk","output_index":0,"sequence_number":4,"summary_index":0}

event: response.reasoning_summary_text.done
data: {"type":"response.reasoning_summary_text.done","item_id":"rs_02","output_index":0,"sequence_number":5,"summary_index":0,"text":"Adding two numbers"}

event: response.reasoning_summary_part.done
data: {"type":"response.reasoning_summary_part.done","item_id":"rs_02","output_index":0,"part":{"type":"summary_text","text":"Adding two numbers"},"sequence_number":6,"summary_index":0}

event: response.output_item.done
data: {"type":"response.output_item.done","item":{"id":"rs_02","type":"reasoning","summary":[{"type":"summary_text","text":"Adding two numbers"}]},"output_index":0,"sequence_number":7}

event: response.output_item.added
data: {"type":"response.output_item.added","item":{"id":"msg_02","type":"message","status":"in_progress","content":[],"role":"assistant"},"output_index":1,"sequence_number":8}

event: response.output_text.delta
data: {"type":"response.output_text.delta","content_index":0,"delta":"4","item_id":"msg_02","logprobs":[],"output_index":1,"sequence_number":9}

event: response.completed
data: {"type":"response.completed","sequence_number":10,"response":{"id":"resp_02","object":"response","created_at":1770000102,"status":"completed","error":null,"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":0},"output_tokens":72,"output_tokens_details":{"reasoning_tokens":64},"total_tokens":82}}}

`,
    expected: {
      text: "4",
      reasoning: "Adding two numbers",
      reason: "stop",
      usage: { promptTokens: 10, completionTokens: 72 },
    },
  },
  {
    name: "Responses: an answer that reached its limit",
    api,
    status: 200,
    headers: sse,
    body: `event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_03","output_index":0,"content_index":0,"delta":"Once upon a","logprobs":[]}

event: response.incomplete
data: {"type":"response.incomplete","sequence_number":5,"response":{"id":"resp_03","object":"response","created_at":1770000103,"status":"incomplete","error":null,"incomplete_details":{"reason":"max_output_tokens"},"max_output_tokens":16,"model":"gpt-5-mini-2025-08-07","output":[],"usage":{"input_tokens":11,"output_tokens":16,"total_tokens":27}}}

`,
    expected: {
      text: "Once upon a",
      reasoning: "",
      reason: "length",
      usage: { promptTokens: 11, completionTokens: 16 },
    },
  },
  {
    name: "Responses: an answer that the content filter ended",
    api,
    status: 200,
    headers: sse,
    body: `event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_04","output_index":0,"content_index":0,"delta":"To do that,","logprobs":[]}

event: response.incomplete
data: {"type":"response.incomplete","sequence_number":5,"response":{"id":"resp_04","object":"response","created_at":1770000104,"status":"incomplete","error":null,"incomplete_details":{"reason":"content_filter"},"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

`,
    expected: { text: "To do that,", reasoning: "", reason: "content_filter" },
  },
  {
    name: "Responses: response.failed without an error event before it",
    api,
    status: 200,
    headers: sse,
    body: `event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_05","output_index":0,"content_index":0,"delta":"Once","logprobs":[]}

event: response.failed
data: {"type":"response.failed","sequence_number":5,"response":{"id":"resp_05","object":"response","created_at":1770000105,"status":"failed","error":{"code":"server_error","message":"The model failed to generate a response."},"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

`,
    expected: { failure: "provider" },
  },
  {
    name: "Responses: an error event whose code is null",
    api,
    status: 200,
    headers: sse,
    body: `event: error
data: {"type":"error","error":{"type":"server_error","code":null,"message":"Sorry, something went wrong.","param":null},"sequence_number":2}

`,
    expected: { failure: "provider" },
  },
  {
    name: "Responses: an account without money, in a stream that began well",
    api,
    status: 200,
    headers: sse,
    body: `event: response.created
data: {"type":"response.created","sequence_number":0,"response":{"id":"resp_06","object":"response","created_at":1770000106,"status":"in_progress","error":null,"incomplete_details":null,"model":"gpt-5-nano-2025-08-07","output":[],"usage":null}}

event: error
data: {"type":"error","sequence_number":1,"error":{"type":"insufficient_quota","code":"insufficient_quota","message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors.","param":null}}

event: response.failed
data: {"type":"response.failed","sequence_number":2,"response":{"id":"resp_06","object":"response","created_at":1770000106,"status":"failed","error":{"code":"insufficient_quota","message":"You exceeded your current quota, please check your plan and billing details. For more information on this error, read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."},"incomplete_details":null,"model":"gpt-5-nano-2025-08-07","output":[],"usage":null}}

`,
    expected: { failure: "refused" },
  },
  {
    name: "Responses: more text than the context holds, in a stream",
    api,
    status: 200,
    headers: sse,
    body: `event: response.failed
data: {"type":"response.failed","sequence_number":2,"response":{"id":"resp_07","object":"response","created_at":1770000107,"status":"failed","error":{"code":"context_length_exceeded","message":"Your input exceeds the context window of this model. Please adjust your input and try again."},"incomplete_details":null,"model":"gpt-5-mini-2025-08-07","output":[],"usage":null}}

`,
    expected: { failure: "context_too_long" },
  },
  {
    name: "Responses: a connection that ends without a last event",
    api,
    status: 200,
    headers: sse,
    body: `event: response.output_text.delta
data: {"type":"response.output_text.delta","sequence_number":4,"item_id":"msg_08","output_index":0,"content_index":0,"delta":"Once","logprobs":[]}

`,
    expected: { failure: "cut" },
  },
  {
    name: "Responses: a wrong key",
    api,
    status: 401,
    headers: { "content-type": "application/json" },
    body: `{
  "error": {
    "message": "Incorrect API key provided: sk-proj-********************************wxyz. You can find your API key at https://platform.openai.com/account/api-keys.",
    "type": "invalid_request_error",
    "param": null,
    "code": "invalid_api_key"
  }
}`,
    expected: { failure: "refused" },
  },
];
