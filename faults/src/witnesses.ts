/** What a natter is watched with that somebody else started: clients that write down what they see, and the checker. */
export { CarefulClient } from "./clients/careful-client.ts";
export { readHistory } from "./clients/history-reader.ts";
export { check } from "./checker/check.ts";
export type { Journal, SessionEvidence, Violation } from "./checker/evidence.ts";
export { Random } from "./random.ts";
