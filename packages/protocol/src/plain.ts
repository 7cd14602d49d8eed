/**
 * What a client of the wire wants: types, constants and pure folds. Nothing here loads the schemas or their
 * validator, so that it weighs little in a browser, and a thread that has it begins in no time.
 */
export type { Attachment, ClientFrame, IntentFrame } from "./client-frames.ts";
export { jsonBytes } from "./encoded-size.ts";
export { closeCodes, type CloseReason, type ErrorCode } from "./errors.ts";
export { messageOf, promptOf, replyIdOf } from "./identifiers.ts";
export { limits, timings } from "./limits.ts";
export { comparePositions, formatCursor, parseCursor, positionKey, type Position } from "./position.ts";
export { addReaction, foldReactions, type ReactionRegisters } from "./reactions.ts";
export type { SearchAnswer, SearchHit, SessionEntry } from "./rpc.ts";
export { containsWords, findWord, toSearchText, toSearchWords } from "./search-text.ts";
export type {
  DurableType,
  FinishReason,
  LogEvent,
  LogEventOf,
  PageMessage,
  Reaction,
  ReplyErrorCode,
  ServerFrame,
  ServerFrameOf,
  ServerFrameType,
  User,
} from "./server-frames.ts";
export { foldReadMarks, type ReadMark } from "./session-details.ts";
export { cutText } from "./text-cut.ts";
export {
  addPage,
  applyToTimeline,
  createTimeline,
  messageIn,
  messagesOf,
  type PlacedMessage,
  type Timeline,
} from "./timeline.ts";
export { fitMessage, fitPage } from "./page-fit.ts";
export { closerTarget, closerTargetsOf } from "./withdrawals.ts";
