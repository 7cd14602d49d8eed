/**
 * What every adapter of the port does, whatever its provider sends. Each adapter's test file is one call to it: it says how
 * its API writes the same things, and a provider writes those bytes to a real socket.
 */
import { describe } from "vitest";
import { describeAnswers } from "./answer.contract.ts";
import { describeFailures } from "./failure.contract.ts";
import { describeRequests } from "./request.contract.ts";
import type { ApiWords } from "./stage.contract.ts";

export function describeModel(words: ApiWords): void {
  describe(`the ${words.api} API`, () => {
    describeAnswers(words);
    describeFailures(words);
    describeRequests(words);
  });
}
