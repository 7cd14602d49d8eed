import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Redaction } from "../../src/models/redaction.ts";

const key = "gsk_Zq8xK2mNvB7tY4wR1sD6";
const redaction = new Redaction({ apiKey: key, baseUrl: "http://llm-7.prod:8000/v1" });

describe("what a provider says back is not logged:", () => {
  test.each([
    ["the key", `bad key ${key}.`, [key]],
    ["the key in an address", `GET /v1?key=${encodeURIComponent(key)}`, [key]],
    ["a key with a masked middle", `bad key gsk_****R1sD6`, ["gsk_", "R1sD6"]],
    ["a key with a masked end", `bad key gsk_Zq8x********`, ["Zq8x"]],
    ["a key with a masked beginning", `bad key ...s1sD6 …sD6? ****1sD6`, ["1sD6"]],
    ["a key with dots", `bad key: gsk_Zq...1sD6`, ["Zq...", "1sD6"]],
    [
      "keys of others",
      "AIzaSyA1234567890abcdef, sk-proj-abc123def456, ghp_0123456789abcdef, xai-12345678",
      ["AIza", "proj-abc", "0123456789", "xai-1"],
    ],
    [
      "what is named a key",
      'token=abcdef123 "api_key": "hunter2" password: hunter2',
      ["abcdef123", "hunter2"],
    ],
    [
      "the key in other spellings",
      `${Buffer.from(key).toString("base64")} ${key.toUpperCase()}`,
      ["Z3NrX1", "ZQ8XK2"],
    ],
    ["anything with a mask", "sk-proj-****QRST, ****abcd", ["QRST", "abcd"]],
    ["hosts of others", "at vllm.example.com/v1/models", ["example"]],
    ["a bearer", "Authorization: Bearer abc.def.ghi", ["abc.def"]],
    [
      "organisations",
      "in organization org-9fJkS0m3Secret, project proj_abc123DEF",
      ["9fJkS0m3Secret", "abc123DEF"],
    ],
    [
      "addresses",
      "connect ECONNREFUSED 10.3.2.1:8000, http://user:pw@host/x, llm-7.prod:8000, db.svc.cluster.local, [fe80::1:2:3:4]:80, ops@example.com",
      ["10.3", "pw", "llm-7", "svc", "fe80", "ops@"],
    ],
    ["paths", "at /srv/vllm/engine.py line 3", ["/srv", "engine"]],
  ])("%s", (_name, said, secrets) => {
    const redacted = redaction.redact(said);
    for (const secret of secrets) expect(redacted).not.toContain(secret);
    expect(redacted).toMatch(/\[(?:key|address|organisation|path)\]/);
  });

  test.each([
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    "Conversation roles must alternate user/assistant/user/assistant/...",
    "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
    "The model `gpt-4o-mini-2024-07-18` does not exist",
    "cannot be reached: ECONNREFUSED",
  ])("what an operator needs stays: %s", (said) => {
    expect(redaction.redact(said)).toBe(said);
  });
});

test("a text of any shape is read in time", () => {
  const units = [
    "*",
    "•",
    ".",
    "#",
    "x",
    "-",
    "a",
    "a.",
    "a-",
    "1",
    "1.",
    ":",
    "/",
    "/a",
    "[",
    "<",
    "sk-",
    "key ",
    "org-a",
    "eyJ",
    "@",
    " ",
    "\n",
    "\ud83d",
  ];
  for (const unit of units)
    for (const end of ["", "!", " b", key]) redaction.redact(`a ${unit.repeat(4_000)}${end}`);
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...units), { maxLength: 2_000 }), (parts) => {
      const redacted = redaction.redact(parts.join(""));
      expect(redacted.length).toBeLessThanOrEqual(500);
      expect(redacted.isWellFormed()).toBe(true);
    }),
    { numRuns: 200 },
  );
});

test("a key that stands where a long text is cut is not left in part", () => {
  for (let before = 960; before < 1_010; before++)
    expect(redaction.redact(`${"w ".repeat(before / 2)}${key} and on`)).not.toContain(key.slice(4, 12));
});

test.each([
  ["req_011CQ7x8Y", "req_011CQ7x8Y"],
  ["5f3c2a1e-9b8d-4c6f-8a7b-1c2d3e4f5a6b", "5f3c2a1e-9b8d-4c6f-8a7b-1c2d3e4f5a6b"],
  [`id-${key}`, undefined],
  ["sk-proj-abc123def456", undefined],
  ["two words", undefined],
  [undefined, undefined],
])("the name of a request is said, unless it could be a secret: %s", (id, said) => {
  expect(redaction.redactId(id)).toBe(said);
});
