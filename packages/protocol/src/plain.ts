/**
 * What a client of the wire wants: types, constants and pure folds. Nothing here loads the schemas or their
 * validator, so that it weighs little in a browser, and a thread that has it begins in no time.
 */
export type { Attachment, ClientFrame, IntentFrame } from "./frames/client-frames.ts";
export { jsonBytes } from "./text/encoded-size.ts";
export { closeCodes, type CloseReason, type ErrorCode } from "./errors.ts";
export { messageOf, promptOf, replyIdOf } from "./frames/identifiers.ts";
export { limits, timings } from "./limits.ts";
export { defined } from "./defined.ts";
export {
  comparePositions,
  formatCursor,
  parseCursor,
  parsePositionKey,
  positionKey,
  positionKeyLength,
  type Position,
} from "./position.ts";
export { addReaction, foldReactions, type ReactionRegisters } from "./folds/reactions.ts";
export type { SearchAnswer, SearchHit, SessionEntry } from "./broker/store-answers.ts";
export { containsWords, findWord, toSearchText, toSearchWords } from "./text/search-text.ts";
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
} from "./frames/server-frames.ts";
export { foldReadMarks, type ReadMark } from "./folds/read-marks.ts";
export { cutText } from "./text/text-cut.ts";
export {
  addPage,
  applyToTimeline,
  createTimeline,
  messageIn,
  messagesOf,
  type PlacedMessage,
  type Timeline,
} from "./folds/timeline.ts";
export { fitMessage, fitPage } from "./folds/page-fit.ts";
export { withdrawalTarget, withdrawalTargetsOf } from "./folds/withdrawals.ts";
export {
  deletedMessage,
  deletesSession,
  isReply,
  mayDeleteSession,
  reactionIn,
} from "./events/event-meaning.ts";
