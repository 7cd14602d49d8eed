export { ByteProvider, type ByteAnswer, type ProviderRequest } from "./byte-provider.ts";
export { freePort } from "@natter/nats-server";
export { openTestMongo, type TestMongo } from "./mongodb.ts";
export { startNatsServer, testBinary, type TestNatsServer } from "./nats-server.ts";
export { waitFor } from "./wait-for.ts";
export { guestTokenOf } from "./guest-token.ts";
export { ChatClient } from "./chat-client.ts";
export { startNatter, type NatterOptions, type RunEntry, type TestNatter } from "./natter.ts";
export { findBrowser, openBrowser } from "./browser.ts";
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
