import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "@natter/testing";
import { afterAll, expect, test } from "vitest";
import { noCounts } from "../src/measuring/counts.ts";
import { encodeHistograms, noHistograms } from "../src/measuring/histograms.ts";
import type { Result } from "../src/measuring/result.ts";
import { deliver, gather } from "../src/processes/pods.ts";
import { load } from "./load-program.ts";

const folder = mkdtempSync(join(tmpdir(), "natter-results-"));
afterAll(() => rmSync(folder, { recursive: true }));

test.each(["", "{}", "null", "[]", '{"counts": {}, "histograms": {}}'])(
  "joining a file that is no result, %j, ends with 2 and says so in one line",
  async (text) => {
    const path = join(folder, "other.json");
    writeFileSync(path, text);
    const { code, errorOutput } = await load(["join", path]);
    expect(errorOutput).toMatch(/^[^\n]+other\.json is no result: [^\n]+\n$/);
    expect(code).toBe(2);
  },
);

test("a pod that gathers results refuses what is no result, and goes on", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const gathering = await gather(port, 1);
  expect((await fetch(url)).status).toBe(400);
  expect((await fetch(url, { method: "POST", body: "{}" })).status).toBe(400);
  const result: Result = {
    scenario: "steady",
    startedAt: "2026-01-01T00:00:00.000Z",
    seconds: 1,
    counts: { ...noCounts(), acked: 3 },
    histograms: encodeHistograms(noHistograms()),
    series: [],
    memory: [],
    examples: [],
  };
  await deliver(result, url);
  expect(await gathering.results).toEqual([result]);
});
