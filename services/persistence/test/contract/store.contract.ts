/** The promises of the port `Store`. Every adapter's test file is one call of this function. */
import { describe } from "vitest";
import type { Store } from "../../src/store/store.ts";
import { testHistory } from "./history.contract.ts";
import { testPurging } from "./purge.contract.ts";
import { testReactions } from "./reactions.contract.ts";
import { testRecording } from "./recording.contract.ts";
import { testSearch } from "./search.contract.ts";
import { testSessions } from "./sessions.contract.ts";

/** How a suite gets its stores. */
export interface StoreFixture {
  /** The store of this suite, open. */
  readonly store: Store;
  /** Another process's view of the same data. */
  openAgain(): Promise<Store>;
}

export function testStore(name: string, fixture: () => StoreFixture): void {
  describe(`the store in ${name}`, () => {
    testRecording(fixture);
    testPurging(fixture);
    testHistory(fixture);
    testReactions(fixture);
    testSessions(fixture);
    testSearch(fixture);
  });
}
