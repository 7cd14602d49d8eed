import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { waitFor } from "@natter/testing";
import { faultsOf, Stage } from "../support/stage.ts";

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(async () => stage?.close());

const nothing = { finishReason: "stopped", message: "", chunks: 0, discarded: true };

describe("a prompt whose session was deleted", () => {
  test("ends without the words that were said for it", async () => {
    const worker = await stage.startWorker();
    const chunks = await stage.listen("running");
    const promptId = await stage.say("running", "/rate 50 /think 5 /count 400");
    await waitFor(() => chunks.length > 3, { what: "some words" });
    await stage.append("running", { type: "session_deleted" });
    const end = await stage.endOf("running", promptId);
    expect(end).toMatchObject(nothing);
    expect(end.reasoning).toBeUndefined();
    expect(faultsOf(await stage.events("running"))).toEqual([]);
    await worker.stop();
  });

  test("ends as stopped, and not as expired, although its event has left the log", async () => {
    const folder = await mkdtemp(join(tmpdir(), "natter-deleted-"));
    const persistence = await stage.startPersistence(join(folder, "natter.db"));
    const promptIds = [await stage.say("waiting", "/count 3"), await stage.say("waiting", "/count 4")];
    await stage.append("waiting", { type: "session_deleted" });
    await waitFor(async () => (await stage.events("waiting")).length === 1, {
      what: "the purge",
      timeoutMs: 20_000,
    });
    const worker = await stage.startWorker();
    for (const promptId of promptIds)
      expect(await stage.endOf("waiting", promptId)).toMatchObject({ ...nothing, attempt: 0 });
    const after = await stage.say("waiting", "/count 2");
    expect(await stage.endOf("waiting", after)).toMatchObject({ finishReason: "stop", message: "1 2" });
    await worker.stop();
    await persistence.kill();
    await rm(folder, { recursive: true, force: true });
  });

  test("says nothing more to those who listen", async () => {
    const worker = await stage.startWorker();
    const promptId = await stage.say("listened", "/rate 50 /count 400");
    await stage.untilStarted("listened", promptId);
    await stage.append("listened", { type: "session_deleted" });
    await stage.endOf("listened", promptId);
    const chunks = await stage.listen("listened");
    await stage.say("listened", "/count 1");
    await waitFor(() => chunks.length > 0, { what: "the next answer" });
    expect(chunks.every(({ id }) => !id.startsWith(promptId))).toBe(true);
    await worker.stop();
  });
});
