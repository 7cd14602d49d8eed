export {
  PageMessageSchema,
  ReadMarkSchema,
  SearchHitSchema,
  SessionEntrySchema,
} from "./broker/answer-schemas.ts";
export { aiUser } from "./frames/ai-user.ts";
export {
  clientFrames,
  Attachment,
  type ClientFrame,
  type ClientFrameType,
  type IntentFrame,
} from "./frames/client-frames.ts";
export {
  checkClientFrame,
  decodeClientFrame,
  decodeObject,
  encodeFrame,
  type Decoded,
} from "./frames/codec.ts";
export { isEmoji } from "./text/emoji.ts";
export { encodedBytes, fitting, isHighSurrogate, jsonBytes } from "./text/encoded-size.ts";
export {
  closeCodes,
  protocolErrors,
  type CloseReason,
  type CloseSpec,
  type ErrorCode,
  type ErrorSpec,
} from "./errors.ts";
export {
  chunkHead,
  chunkNumber,
  encodeChunk,
  encodeNudge,
  eventTypeIn,
  frameHeads,
  isSpliceable,
  mergeChunks,
  spliceSequence,
  startsWith,
  type ChunkPart,
} from "./frames/frame-bytes.ts";
export { isSessionId, sessionIdPattern } from "./frames/id-patterns.ts";
export { ClientId, EventId, MessageId, SessionId } from "./frames/id-schemas.ts";
export { completeEventId, messageOf, promptOf, replyIdOf, startEventId } from "./frames/identifiers.ts";
export { limits, timings } from "./limits.ts";
export { fitAround, fitFirst, fitList, fitMessage, fitPage } from "./folds/page-fit.ts";
export {
  compareEpochs,
  comparePositions,
  formatCursor,
  parseCursor,
  parseEpoch,
  parsePositionKey,
  positionKey,
  positionKeyLength,
  type Position,
} from "./position.ts";
export { defined } from "./defined.ts";
export { eventPlaces } from "./events/event-places.ts";
export { eventTable } from "./events/event-table.ts";
export type { AttemptStep, EventTraits, WithdrawalTarget } from "./events/event-traits.ts";
export {
  attemptStepOf,
  beginsSession,
  bodyOf,
  deletedMessage,
  deletesSession,
  detailsIn,
  isActivity,
  isByPerson,
  isContextAnswer,
  isReply,
  mayDeleteSession,
  placeIn,
  placeOf,
  promptedMessage,
  reactionIn,
  readMarkIn,
  registerOf,
  shownMessage,
  slotOf,
  targetOf,
  traitsIn,
  traitsOf,
  withdrawalOf,
  withdrawnBy,
  withoutContent,
  type Register,
  type Withdrawal,
} from "./events/event-meaning.ts";
export {
  applyToPrompts,
  createPromptState,
  earliestPrompt,
  isCompleted,
  openPrompt,
  openPrompts,
  type Prompt,
  type PromptState,
} from "./folds/prompts.ts";
export { addReaction, foldReactions, hasRoomFor, type ReactionRegisters } from "./folds/reactions.ts";
export type { ReplySoFar } from "./broker/reply-so-far.ts";
export {
  Applied,
  rpcVerbs,
  storeRpc,
  type RpcAnswer,
  type RpcQuestion,
  type RpcReply,
  type RpcResult,
  type RpcVerb,
} from "./broker/rpc.ts";
export type { Receipt, SearchAnswer, SearchHit, SessionEntry } from "./broker/store-answers.ts";
export { containsWords, findWord, toSearchText, toSearchWords } from "./text/search-text.ts";
export {
  durableFrames,
  ephemeralFrames,
  finishReasons,
  replyErrors,
  serverFrames,
  User,
  type DurableType,
  type FinishReason,
  type LogEvent,
  type LogEventOf,
  type MessageEvent,
  type PageMessage,
  type Reaction,
  type ReplyErrorCode,
  type ServerFrame,
  type ServerFrameOf,
  type ServerFrameType,
} from "./frames/server-frames.ts";
export { foldReadMarks, type ReadMark } from "./folds/read-marks.ts";
export { foldDetails, type SessionDetails } from "./folds/session-details.ts";
export { SessionPlace } from "./broker/session-place.ts";
export {
  decodeGatewayHeartbeat,
  decodePresenceSet,
  GatewayHeartbeat,
  PresenceSet,
} from "./broker/presence.ts";
export {
  consumers,
  republishHeaders,
  rpcQueue,
  waitHeader,
  sessionOfControlSubject,
  sessionOfLogSubject,
  streamName,
  subjects,
} from "./broker/subjects.ts";
export { cleanLine, cleanLines } from "./text/clean-text.ts";
export { subprotocols } from "./frames/subprotocols.ts";
export { cutText } from "./text/text-cut.ts";
export {
  addPage,
  applyToTimeline,
  createTimeline,
  messageIn,
  messagesOf,
  type Timeline,
} from "./folds/timeline.ts";
export { withdrawalTarget, withdrawalTargetsOf } from "./folds/withdrawals.ts";
