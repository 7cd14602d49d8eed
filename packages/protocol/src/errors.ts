/** One row of the error table. */
export interface ErrorSpec {
  /** Status of the HTTP answer that carries this error. */
  readonly status: number;
  /** Whether the same request may succeed later. */
  readonly temporary: boolean;
  readonly meaning: string;
}

/** What a client can be told went wrong. docs/protocol.md is tested against this table. */
export const protocolErrors = {
  bad_json: { status: 400, temporary: false, meaning: "The frame is not JSON." },
  bad_frame: { status: 400, temporary: false, meaning: "The frame is JSON but not one of the frames below." },
  unknown_type: { status: 400, temporary: false, meaning: "No frame has this `type`." },
  bad_emoji: { status: 400, temporary: false, meaning: "The reaction is not one emoji." },
  binary: { status: 415, temporary: false, meaning: "Frames are text; a binary one is refused." },
  bad_session: {
    status: 400,
    temporary: false,
    meaning: "The session id is not 1 to 64 of A-Z a-z 0-9 _ -.",
  },
  bad_request: {
    status: 400,
    temporary: false,
    meaning: "A parameter or header of the request is not valid.",
  },
  too_large: {
    status: 413,
    temporary: false,
    meaning: "The frame or body is over 64 KiB, or the broker takes no event of its size.",
  },
  answer_too_large: {
    status: 500,
    temporary: false,
    meaning: "The answer is larger than the server can send; ask for less.",
  },
  unauthorized: {
    status: 401,
    temporary: false,
    meaning: "It is not known who asks: the token is none that the server gives.",
  },
  forbidden: { status: 403, temporary: false, meaning: "This belongs to somebody else." },
  bad_host: {
    status: 403,
    temporary: false,
    meaning: "The server is not asked by this name; NATTER_ALLOWED_HOSTS lists its names.",
  },
  bad_origin: {
    status: 403,
    temporary: false,
    meaning:
      "The request comes from a page that may not use this server; NATTER_ALLOWED_ORIGINS lists those that may.",
  },
  bad_name: {
    status: 400,
    temporary: false,
    meaning: "Nobody can have this name: it cannot be seen, or it looks like the model's or the server's.",
  },
  bad_model: {
    status: 400,
    temporary: false,
    meaning: "A session may not have this model; NATTER_MODELS lists those that it may.",
  },
  not_found: { status: 404, temporary: false, meaning: "There is no such thing, or not for you." },
  too_many_reactions: {
    status: 409,
    temporary: false,
    meaning: "The message has as many different emoji as it takes, or as many of this user.",
  },
  conflict: { status: 409, temporary: false, meaning: "This `id` was used before, for another content." },
  rate_limited: {
    status: 429,
    temporary: true,
    meaning: "Too much at once; wait a little and send it again.",
  },
  full: {
    status: 507,
    temporary: false,
    meaning:
      "The server has room for stops and deletions alone, and its operator has to make some. Send it again later, with the same `id`.",
  },
  temporary: {
    status: 503,
    temporary: true,
    meaning: "It cannot be done now; send it again with the same `id`.",
  },
  internal: { status: 500, temporary: true, meaning: "A defect of the server; it is in its log." },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof protocolErrors;

/** One row of the close-code table. */
export interface CloseSpec {
  readonly code: number;
  readonly meaning: string;
}

/** Why a socket was closed. 4000-4499: connect again, with backoff. 4500-4999: do not. The range alone decides. */
export const closeCodes = {
  going_away: { code: 4000, meaning: "The gateway is being stopped or replaced." },
  broker_away: { code: 4001, meaning: "The gateway cannot reach the broker." },
  outcome_unknown: {
    code: 4002,
    meaning: "A frame may or may not have been stored; connect, replay, send it again.",
  },
  too_slow: {
    code: 4008,
    meaning:
      "The reader owed more than 1 MiB, took nothing for 30 s, or was the slowest when memory ran out.",
  },
  no_heartbeat: { code: 4009, meaning: "No sign of life for a heartbeat and its grace." },
  resync: { code: 4010, meaning: "The position of this socket is no longer valid; connect without `since`." },
  bad_session: { code: 4500, meaning: "The session id is not valid." },
  unauthorized: { code: 4501, meaning: "It is not known who connects." },
  forbidden: { code: 4503, meaning: "Reserved: no server sends it." },
  session_deleted: { code: 4504, meaning: "The session was deleted." },
  malformed: { code: 4540, meaning: "Too many malformed frames." },
} as const satisfies Record<string, CloseSpec>;

export type CloseReason = keyof typeof closeCodes;
