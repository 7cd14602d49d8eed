/** Limits that a page in a browser needs as well. A page does not load the other limits. */
export const reactionLimits = {
  emojiLength: 32,
  /** Different emoji on one message. If there are more, the earliest count. */
  messageEmoji: 50,
  /** Different emoji of one user on one message. */
  userEmoji: 20,
  /** Listed users for one emoji of a message. The count includes all users. */
  reactionUsers: 10,
} as const;

/** Every limit of the wire, with its unit in its name. Sizes are bytes of encoded JSON. */
export const limits = {
  /** Every event, answer and presence message fits one message of the broker. A broker with a smaller maximum is refused at start. */
  brokerMessageBytes: 1_048_576,
  /** A frame from a client. A larger one closes the socket with 1009. */
  clientFrameBytes: 65_536,
  /** The text of a finished reply. Longer text is cut, and `finishReason` is `length`. */
  replyTextBytes: 512 * 1024,
  /** The reasoning of one reply. With `replyTextBytes` and an envelope it fits a page. The rest is dropped. */
  replyReasoningBytes: 192 * 1024,
  /** Chunks of a running reply that its owner sends one by one. It sends the text before them as one chunk. */
  toldChunks: 32_768,
  /** A page or an answer of the persistence service. */
  pageBytes: 768 * 1024,
  pageMessages: 100,
  pageMessagesDefault: 20,
  searchHits: 50,
  searchQueryLength: 200,
  /** Messages whose text one search compares. It does not examine earlier messages. */
  searchCandidates: 10_000,
  /** Messages that a search compares even without time left, so that it finds the latest ones on a busy machine. */
  searchCandidatesMin: 25,
  /** N-grams in the index for one message, and n-grams that look up one query. The rest of a query is only compared. */
  searchNgrams: 4_096,
  searchQueryNgrams: 64,
  /** Waiting searches at one store, and of one user among them. */
  searchesWaiting: 64,
  searchesOfUser: 4,
  /** Work of one step of indexing again, so that recording continues between two steps. */
  reindexMessages: 50,
  reindexBytes: 256 * 1024,
  /** Entries of one page of the list. */
  sessionListEntries: 200,
  /** Sessions that one page examines, including deleted ones, which it leaves out. */
  sessionListLooks: 400,
  /** The text of the last activity in a place of the list. */
  sessionPlaceLength: 256,
  /** Read marks in the answer for one session, the latest first. */
  readMarks: 200,
  /** Waiting frames of one socket. With more of them the gateway pauses the socket. */
  pendingFrames: 64,
  /** Bytes buffered for one socket before it is closed as a slow consumer. */
  outQueueBytes: 1_048_576,
  /** From this many buffered bytes on, the gateway merges chunks for the socket. */
  outQueueMergeBytes: 65_536,
  /** Malformed frames that close a socket. The gateway forgets one every `malformedForgetMs`. Good frames have no effect. */
  malformedFrames: 20,
  replayEvents: 1_000,
  replayBytes: 4 * 1_048_576,
  /** Bytes buffered for a subscriber during its replay. The replay reads more from the log afterwards. */
  replayQueueBytes: 65_536,
  /** Bytes of a replay that a socket gets before it must answer a ping after them. */
  replayWindowBytes: 262_144,
  /** One step of a read of the log. A step has at least one event. */
  logStepBytes: 131_072,
  /** Events at the end of the log that a page takes because the store does not have them yet. */
  tailEvents: 1_000,
  tailBytes: 4 * 1_048_576,
  sessionIdLength: 64,
  /** A guest's token: 24 random bytes in base64url. */
  guestTokenLength: 32,
  /** Minimum of different letters in a token. One random token in 100,000,000,000 has fewer. */
  guestTokenLetters: 13,
  /** Maximum of letters that equal the letter before them, or stand beside it in the alphabet. As few random tokens have more. */
  guestTokenSteps: 13,
  userNameLength: 64,
  /** Marks on one letter of a name: accents, points, vowel signs. */
  nameMarks: 4,
  /** Of ASCII. */
  userIdLength: 64,
  /** Users of one session that one gateway lists to the others. More users are counted and not listed. */
  presenceUsers: 500,
  /** Joins and leaves of one session in one portion. The next portion follows `presenceTellMs` later. */
  presenceChanges: 50,
  /** Users of one session at all gateways in a list for a client. The others are counted. */
  listedUsers: 500,
  titleLength: 200,
  systemPromptLength: 8_000,
  modelLength: 128,
  ...reactionLimits,
  /** Dead letters in the store. The oldest are removed. */
  deadLetters: 1_000,
  attachments: 8,
  attachmentNameLength: 255,
  fragments: 64,
} as const;

/** Every time of the wire, in milliseconds. */
export const timings = {
  heartbeatMs: 25_000,
  /** A socket that does not answer a ping for this long is dead. */
  pongMs: 10_000,
  /** A connection that takes no byte for this long, while bytes wait, is closed. */
  stallMs: 30_000,
  /** A socket's count of malformed frames falls by one in this time. */
  malformedForgetMs: 3_000,
  publishTryMs: 2_000,
  publishTotalMs: 4_500,
  /** A store that does not answer for this long counts as unavailable. */
  storeMs: 1_000,
  /** A search that takes longer answers with its hits so far. */
  searchMs: 300,
  replyQuestionMs: 1_000,
  /** How long `ai_complete` waits for chunks that it overtook. */
  lateChunksMs: 250,
  positionCheckMs: 30_000,
  readMarkMs: 2_000,
  /** The gateway relays at most one `typing` of a socket in this time, the latest. */
  typingMs: 1_000,
  /** Minimum time between two portions of joins and leaves. */
  presenceTellMs: 1_000,
  gatewayHeartbeatMs: 5_000,
  /** A gateway without a heartbeat for this long is down. The check runs each second, so its users leave within 15 s. */
  gatewaySilentMs: 14_000,
  /** A user stays listed for this long after the last connection closed, so a reload shows no leave. */
  presenceGraceMs: 10_000,
} as const;
