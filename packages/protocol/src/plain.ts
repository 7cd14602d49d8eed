/**
 * What a client of the wire wants: types, constants and pure folds. Nothing here loads the schemas or their
 * validator, so that it weighs little in a browser.
 */
export type { Attachment, ClientFrame, IntentFrame } from "./client-frames.ts";
export { closeCodes, type CloseReason, type ErrorCode } from "./errors.ts";
export { messageOf, promptOf, replyIdOf } from "./identifiers.ts";
export { limits, timings } from "./limits.ts";
export { comparePositions, formatCursor, parseCursor, type Position } from "./position.ts";
export type { SearchHit, SessionEntry } from "./rpc.ts";
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
export {
  addPage,
  applyToTimeline,
  createTimeline,
  messageIn,
  messagesOf,
  type PlacedMessage,
  type Timeline,
} from "./timeline.ts";
