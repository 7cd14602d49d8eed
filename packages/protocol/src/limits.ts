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
  /** Messages whose text one search compares; what is earlier than they are is not looked at. */
  searchCandidates: 10_000,
  /** Those that it compares even if it has no time left: on a busy machine, the latest are found all the same. */
  searchCandidatesMin: 25,
  /** Grams that one message is indexed by, and those by which one query is looked up: the rest of it is compared alone. */
  searchNgrams: 4_096,
  searchQueryNgrams: 64,
  /** Searches that wait for their turn at one store, and those of one user among them. */
  searchesWaiting: 64,
  searchesOfUser: 4,
  /** What a store indexes again in one step, so that recording goes on between two steps. */
  reindexMessages: 50,
  reindexBytes: 256 * 1024,
  /** Of one page of the list. */
  sessionListEntries: 200,
  /** Sessions that one page looks at, also deleted ones, which it leaves out. */
  sessionListLooks: 400,
  /** The text that says when something was said in a session last, in a place of the list. */
  sessionPlaceLength: 256,
  /** Read marks of one session that are told, the latest first. */
  readMarks: 200,
  /** Frames of one socket that wait for the one before them; more of them pause the socket. */
  pendingFrames: 64,
  /** Bytes that one socket may owe its reader before it is closed. */
  outQueueBytes: 1_048_576,
  /** From here on a slow socket gets its chunks merged. */
  outQueueMergeBytes: 65_536,
  /** Malformed frames that close a socket. One is forgotten every `malformedForgetMs`; good frames make up for none. */
  malformedFrames: 20,
  replayEvents: 1_000,
  replayBytes: 4 * 1_048_576,
  /** What is kept for a reader while it is sent what it missed. More is read from the log afterwards. */
  replayQueueBytes: 65_536,
  /** Bytes of a replay that a socket is sent before it has answered a ping that came after them. */
  replayWindowBytes: 262_144,
  /** One step of a reading of the log; at least one event. */
  logStepBytes: 131_072,
  /** Events that the store does not have yet and a page is made of: those at the end of the log. */
  tailEvents: 1_000,
  tailBytes: 4 * 1_048_576,
  sessionIdLength: 64,
  /** A guest's token: 24 random bytes in base64url. */
  guestTokenLength: 32,
  /** Different letters of a token, at least. Of random ones 1 in 100,000,000,000 has fewer. */
  guestTokenLetters: 13,
  /** Letters of a token that are the same as the one before, or beside it in the alphabet. Of random ones as few have more. */
  guestTokenSteps: 13,
  userNameLength: 64,
  /** Marks on one letter of a name: accents, points, vowel signs. */
  nameMarks: 4,
  /** Of ASCII. */
  userIdLength: 64,
  /** Users of one session at one gateway that the others are told of; more are there, but not listed. */
  presenceUsers: 500,
  /** Comings and goings in one session that its readers are told of at once; the rest is told `presenceTellMs` later. */
  presenceChanges: 50,
  /** Users of one session at all gateways that a reader is told of, by name; the others are counted. */
  listedUsers: 500,
  titleLength: 200,
  systemPromptLength: 8_000,
  modelLength: 128,
  ...reactionLimits,
  /** Events that cannot be recorded and are kept as they came; the oldest go. */
  deadLetters: 1_000,
  attachments: 8,
  attachmentNameLength: 255,
  fragments: 64,
} as const;

/** Every wait of the wire, in milliseconds. */
export const timings = {
  heartbeatMs: 25_000,
  /** A socket that did not answer a heartbeat this long is dead. */
  pongMs: 10_000,
  /** A reader that takes nothing for so long, while bytes wait for it, is closed. */
  stallMs: 30_000,
  /** So often a socket's malformed frames become one fewer. */
  malformedForgetMs: 3_000,
  publishTryMs: 2_000,
  publishTotalMs: 4_500,
  /** A store that is silent this long counts as away. */
  storeMs: 1_000,
  /** A search that takes longer answers with what it has found. */
  searchMs: 300,
  replyQuestionMs: 1_000,
  /** How long `ai_complete` waits for chunks that it overtook. */
  lateChunksMs: 250,
  positionCheckMs: 30_000,
  readMarkMs: 2_000,
  /** At most one `typing` of a socket is passed on in this time, the latest. */
  typingMs: 1_000,
  /** At most so often readers are told who came and who went. */
  presenceTellMs: 1_000,
  gatewayHeartbeatMs: 5_000,
  /** A gateway that is silent so long has lost its people. With the look at it each second they leave within 15 s. */
  gatewaySilentMs: 14_000,
  /** Somebody whose last connection ended is still here so long: a reload is no leave. */
  presenceGraceMs: 10_000,
} as const;
