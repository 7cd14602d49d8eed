export { freePort } from "@natter/nats-server";
export { ChatClient } from "./chat-client.ts";
export { ann, bob, buildEvent, messageEvent, replyEvents, type EventDraft } from "./events.ts";
export { guestTokenOf } from "./guest-token.ts";
export { tracePage, type TaskTime, type Trace } from "./page-trace.ts";
export { SessionAuthor } from "./session-author.ts";
export {
  largestEvents,
  largestMessageFrame,
  largestPageMessage,
  largestReactions,
  largestUser,
  textOfBytes,
} from "./largest.ts";
export {
  appendEvent,
  newSession,
  openLog,
  openOwnLog,
  readEvents,
  testStream,
  type LoggedEvent,
  type OpenedLog,
  type OwnLog,
} from "./log.ts";
export { ChildProgram, type Ending, type Program } from "./processes.ts";
export { recordingLogger, type LogLine, type RecordingLogger } from "./recording-logger.ts";
export { findBrowser, openBrowser } from "./servers/browser.ts";
export { ByteProvider, type ByteAnswer, type ProviderRequest } from "./servers/byte-provider.ts";
export { openTestMongo, type TestMongo } from "./servers/mongodb.ts";
export { startNatsServer, testBinary, type TestNatsServer } from "./servers/nats-server.ts";
export { startNatter, type NatterOptions, type RunEntry, type TestNatter } from "./servers/natter.ts";
export { reachNatter, type ReachedNatter } from "./servers/reached-natter.ts";
export { waitFor } from "./wait-for.ts";
