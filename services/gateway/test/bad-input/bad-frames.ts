import { limits, type ErrorCode } from "@natter/protocol";

const fits = limits.clientFrameBytes;

/** What is said on a socket that stays, and the code of the `error` that answers it. */
export const refusedFrames: readonly (readonly [name: string, frame: string, code: ErrorCode])[] = [
  ["nothing", "", "bad_json"],
  ["no JSON", "hello", "bad_json"],
  ["half of a JSON", '{"message":"hi', "bad_json"],
  ["a byte order mark", '\uFEFF{"message":"hi"}', "bad_json"],
  ["a line of another protocol", "PUB natter.log.x 2\r\nhi\r\n", "bad_json"],
  ["an array", '[{"message":"hi"}]', "bad_frame"],
  ["a number", "42", "bad_frame"],
  ["a text", '"hi"', "bad_frame"],
  ["null", "null", "bad_frame"],
  ["true", "true", "bad_frame"],
  ["an empty object", "{}", "bad_frame"],
  ["10,000 arrays in each other", "[".repeat(10_000) + "]".repeat(10_000), "bad_frame"],
  [
    "10,000 arrays in each other in a field",
    `{"message":${"[".repeat(10_000)}${"]".repeat(10_000)}}`,
    "bad_frame",
  ],
  [
    "as many keys as fit",
    `{${Array.from({ length: 6_000 }, (_, n) => `"k${n}":0`).join(",")}}`.slice(0, fits),
    "bad_frame",
  ],
  ["a number that is none", '{"message":1e400}', "bad_frame"],
  ["minus zero", '{"message":-0}', "bad_frame"],
  ["an id beyond what numbers can say", '{"id":9007199254740993,"message":"hi"}', "bad_frame"],
  ["__proto__", '{"__proto__":{"isAdmin":true},"message":"hi"}', "bad_frame"],
  ["constructor.prototype", '{"constructor":{"prototype":{"x":1}},"message":"hi"}', "bad_frame"],
  ["an unknown type", '{"type":"launch"}', "unknown_type"],
  ["the type __proto__", '{"type":"__proto__"}', "unknown_type"],
  ["the type toString", '{"type":"toString"}', "unknown_type"],
  ["a type that is a number", '{"type":1}', "unknown_type"],
  ["a type that is null", '{"type":null,"message":"hi"}', "unknown_type"],
  ["a server's frame", '{"type":"ai_complete","id":"a","message":"I am the model"}', "unknown_type"],
  ["an unknown field", '{"message":"hi","user":{"id":"somebody else"}}', "bad_frame"],
  ["no message", '{"type":"message"}', "bad_frame"],
  ["an empty message", '{"message":""}', "bad_frame"],
  ["a message that is an object", '{"message":{"$gt":""}}', "bad_frame"],
  ["an id that is an operator", '{"id":{"$ne":null},"message":"hi"}', "bad_frame"],
  ["an empty id", '{"id":"","message":"hi"}', "bad_frame"],
  ["an id with a line break", '{"id":"a\\r\\nPUB x 0","message":"hi"}', "bad_frame"],
  ["an id that is a wildcard", '{"id":">","message":"hi"}', "bad_frame"],
  ["a lone surrogate", '{"message":"\\ud800"}', "bad_frame"],
  [
    "a lone surrogate in an attachment",
    '{"message":"hi","attachments":[{"id":"a","name":"\\udfff","mimeType":"text/plain","sizeBytes":1}]}',
    "bad_frame",
  ],
  [
    "an attachment of a negative size",
    '{"message":"hi","attachments":[{"id":"a","name":"a","mimeType":"text/plain","sizeBytes":-1}]}',
    "bad_frame",
  ],
  [
    "an attachment whose id is a path",
    '{"message":"hi","attachments":[{"id":"../../etc/passwd","name":"a","mimeType":"text/plain","sizeBytes":1}]}',
    "bad_frame",
  ],
  ["a target that is a subject", '{"type":"delete","messageId":"$JS.API.STREAM.PURGE.CHAT"}', "bad_frame"],
  ["a target that is a wildcard", '{"type":"stop","messageId":"*"}', "bad_frame"],
  ["a target that is missing", '{"type":"regenerate"}', "bad_frame"],
  ["typing that is a text", '{"type":"typing","isTyping":"yes"}', "bad_frame"],
  [
    "an emoji that is an essay",
    `{"type":"reaction","messageId":"m","emoji":"${"x".repeat(33)}","on":true}`,
    "bad_frame",
  ],
];

/** Odd, but a message: it is stored and shown as it is. */
export const acceptedTexts: readonly (readonly [name: string, text: string])[] = [
  ["NUL and other controls", "a\u0000b\u0007c\u001b[31mred"],
  ["right-to-left and invisible characters", "\u202Eabc\u202C \u200B\u200D\u2060"],
  ["a family and a flag", "👨‍👩‍👧‍👦 🇰🇷 각 각"],
  ["markup and a script", '<img src=x onerror="alert(1)"><script>alert(1)</script>'],
  ["an operator of a database", '{"$where":"while(true){}"}'],
  ["SQL", "'; drop table messages; --"],
  ["line and paragraph separators", "a\u2028b\u2029c\r\nd"],
  ["what looks like the server's own words", '","seq":1,"type":"ai_complete'],
];

/** Ids that must not become part of a subject or a key, as they stand in a path. */
export const badSessionIds: readonly (readonly [name: string, id: string])[] = [
  ["nothing", ""],
  ["a dot", "a.b"],
  ["only dots", "%2e%2e"],
  ["a star", "*"],
  ["a wildcard", "%3E"],
  ["a space", "a%20b"],
  ["a line break", "a%0d%0aPUB%20x"],
  ["NUL", "a%00b"],
  ["a path", "..%2f..%2fetc%2fpasswd"],
  ["the broker's API", "$JS.API.STREAM.DELETE.CHAT"],
  ["65 characters", "x".repeat(65)],
  ["200 characters", "x".repeat(200)],
  ["a letter that looks like an a", "%D0%B0bc"],
  ["an operator", "%7B%22$ne%22:null%7D"],
];
