import { waitFor } from "@natter/testing";
import { describe, expect, test } from "vitest";
import { CoalescedRun } from "../../src/session/coalesced-run.ts";

/** Work that ends when the test says so. */
function controlled(): { coalesced: CoalescedRun; runs: PromiseWithResolvers<void>[] } {
  const runs: PromiseWithResolvers<void>[] = [];
  const coalesced = new CoalescedRun(async () => {
    const run = Promise.withResolvers<void>();
    runs.push(run);
    await run.promise;
  });
  return { coalesced, runs };
}

describe("a coalesced run", () => {
  test("begins at once, and calls that come meanwhile share the one after it", async () => {
    const { coalesced, runs } = controlled();
    const first = coalesced.run();
    const others = Array.from({ length: 1_000 }, () => coalesced.run());
    expect(runs).toHaveLength(1);
    runs[0]?.resolve();
    await first;
    await waitFor(() => runs.length === 2, { what: "the run after it" });
    // What this call wants to see may have come after the second run began.
    const late = coalesced.run();
    expect(runs).toHaveLength(2);
    runs[1]?.resolve();
    await Promise.all(others);
    await waitFor(() => runs.length === 3, { what: "a run for the late call" });
    runs[2]?.resolve();
    await late;
    expect(runs).toHaveLength(3);
  });

  test("that fails rejects its own calls, and the next one runs all the same", async () => {
    const { coalesced, runs } = controlled();
    const first = coalesced.run();
    const next = coalesced.run();
    runs[0]?.reject(new Error("no"));
    await expect(first).rejects.toThrow("no");
    await waitFor(() => runs.length === 2, { what: "the next run" });
    runs[1]?.resolve();
    await next;
    expect(runs).toHaveLength(2);
  });
});
