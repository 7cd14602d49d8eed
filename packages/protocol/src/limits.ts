/** Those that a page needs, too; the rest is no part of what a page loads. */
export const reactionLimits = {
  emojiLength: 32,
  /** Different emoji on one message. Of more of them the earliest count. */
  messageEmoji: 50,
  /** Different emoji of one user on one message. */
  userEmoji: 20,
  /** Users who are listed for one emoji of a message; all of them are counted. */
  reactionUsers: 10,
} as const;

/** Every bound of the wire, with its unit in its name. Sizes are of encoded JSON, in bytes. */
export const limits = {
  /** Every event, answer and announcement fits one message of the broker; one that takes less is refused at start. */
  brokerMessageBytes: 1_048_576,
  /** A frame from a client. Larger closes the socket with 1009. */
  clientFrameBytes: 65_536,
  /** The text of a finished reply; what a model says beyond it is cut and `finishReason` is `length`. */
  replyTextBytes: 512 * 1024,
  /** What a model thinks aloud in one reply. With `replyTextBytes` and an envelope it fits a page; the rest is dropped. */
  replyReasoningBytes: 192 * 1024,
  /** Chunks of a running reply that its owner tells one by one. The text of those before them is told as one. */
  toldChunks: 32_768,
  /** A page or an answer of the persistence service. */
  pageBytes: 768 * 1024,
  pageMessages: 100,
  pageMessagesDefault: 20,
  searchHits: 50,
  searchQueryLength: 200,
  sessionListEntries: 200,
  /** Read marks of one session that are told, the latest first. */
  readMarks: 200,
  /** Frames of one socket that wait for the one before them; more of them pause the socket. */
  pendingFrames: 64,
  /** Bytes that one socket may owe its reader before it is closed. */
  outQueueBytes: 1_048_576,
  /** From here on a slow socket gets its chunks merged. */
  outQueueMergeBytes: 65_536,
  /** Malformed frames in a row that a socket survives. */
  malformedFrames: 20,
  replayEvents: 1_000,
  replayBytes: 4 * 1_048_576,
  sessionIdLength: 64,
  userNameLength: 64,
  /** Of ASCII. */
  userIdLength: 64,
  /** Users of one session at one gateway that the others are told of; more are there, but not listed. */
  presenceUsers: 500,
  /** Users of one session at all gateways that a reader is told of, by name; the others are counted. */
  listedUsers: 500,
  titleLength: 200,
  systemPromptLength: 8_000,
  modelLength: 128,
  ...reactionLimits,
  attachments: 8,
  attachmentNameLength: 255,
  fragments: 64,
} as const;

/** Every wait of the wire, in milliseconds. */
export const timings = {
  heartbeatMs: 25_000,
  /** A socket that did not answer a heartbeat this long is dead. */
  pongMs: 10_000,
  publishTryMs: 2_000,
  publishTotalMs: 4_500,
  /** A store that is silent this long counts as away. */
  storeMs: 1_000,
  replyQuestionMs: 1_000,
  /** How long `ai_complete` waits for chunks that it overtook. */
  lateChunksMs: 250,
  positionCheckMs: 30_000,
  readMarkMs: 2_000,
  gatewayBeaconMs: 5_000,
  /** A gateway that is silent so long has lost its people. With the look at it each second they leave within 15 s. */
  gatewaySilentMs: 14_000,
  /** Somebody whose last connection ended is still here so long: a reload is no leave. */
  presenceGraceMs: 10_000,
} as const;
