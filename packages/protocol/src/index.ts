export { aiUser } from "./ai-user.ts";
export {
  clientFrames,
  Attachment,
  type ClientFrame,
  type ClientFrameType,
  type IntentFrame,
} from "./client-frames.ts";
export { checkClientFrame, decodeClientFrame, decodeObject, encodeFrame, type Decoded } from "./codec.ts";
export { isEmoji } from "./emoji.ts";
export { encodedBytes, fitting, isHighSurrogate, jsonBytes } from "./encoded-size.ts";
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
  encodePoke,
  frameHeads,
  isSpliceable,
  mergeChunks,
  spliceSequence,
  startsWith,
  type ChunkPart,
} from "./frame-bytes.ts";
export { isSessionId, sessionIdPattern } from "./id-patterns.ts";
export { ClientId, EventId, MessageId, SessionId } from "./id-schemas.ts";
export { completeEventId, messageOf, promptOf, replyIdOf, startEventId } from "./identifiers.ts";
export { limits, timings } from "./limits.ts";
export { fitAround, fitFirst, fitList, fitMessage, fitPage } from "./page-fit.ts";
export {
  compareEpochs,
  comparePositions,
  formatCursor,
  parseCursor,
  positionKey,
  type Position,
} from "./position.ts";
export {
  applyToPrompts,
  closerOf,
  createPromptState,
  earliestPrompt,
  isCompleted,
  openPrompt,
  openPrompts,
  promptedMessage,
  type Prompt,
  type PromptState,
} from "./prompts.ts";
export { addReaction, foldReactions, hasRoomFor, type ReactionRegisters } from "./reactions.ts";
export {
  rpcVerbs,
  type Applied,
  type Receipt,
  type ReplySoFar,
  type Rpc,
  type RpcAnswer,
  type RpcQuestion,
  type RpcReply,
  type RpcVerb,
  type SearchAnswer,
  type SearchHit,
  type SessionEntry,
} from "./rpc.ts";
export { containsWords, findWord, toSearchText, toSearchWords } from "./search-text.ts";
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
  type PageMessage,
  type Reaction,
  type ReplyErrorCode,
  type ServerFrame,
  type ServerFrameOf,
  type ServerFrameType,
} from "./server-frames.ts";
export {
  beginsSession,
  foldDetails,
  foldReadMarks,
  isByPerson,
  isLater,
  type ReadMark,
  type SessionDetails,
} from "./session-details.ts";
export { SessionPlace } from "./session-place.ts";
export { decodeGatewayBeacon, decodePresenceSet, GatewayBeacon, PresenceSet } from "./presence.ts";
export {
  consumers,
  republishHeaders,
  rpcQueue,
  waitHeader,
  sessionOfControlSubject,
  sessionOfLogSubject,
  streamName,
  subjects,
} from "./subjects.ts";
export { cleanLine, cleanLines } from "./clean-text.ts";
export { subprotocols } from "./subprotocols.ts";
export { cutText } from "./text-cut.ts";
export {
  addPage,
  applyToTimeline,
  createTimeline,
  messageIn,
  messagesOf,
  type Timeline,
} from "./timeline.ts";
export { closerTarget, closerTargetsOf, type Closer } from "./withdrawals.ts";
