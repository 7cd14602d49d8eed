import { operatorOf } from "@natter/session-log/testing";
import { consumers, streamName } from "@natter/protocol";
import { waitFor } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { faultsOf, Stage } from "../support/stage.ts";

const sessions = 25;
const prompts = 200;
let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open();
});
afterAll(async () => stage?.close());

test("200 prompts over 25 sessions: each is answered once, in order, and nothing stays behind", async () => {
  const slots = { NATTER_WORKER_SLOTS: "8" };
  const [leaving] = await Promise.all([
    stage.startWorker(slots),
    stage.startWorker(slots),
    stage.startWorker(slots),
    stage.startWorker(slots),
  ]);
  const names = Array.from({ length: sessions }, (_, index) => `burst-${index}`);
  for (let number = 0; number < prompts; number++) {
    const sessionId = names[number % sessions] ?? "";
    const id = await stage.say(sessionId, `/rate ${number % 3 === 0 ? 100 : 0} /count ${1 + (number % 40)}`);
    if (number % 5 === 0)
      await stage.append(sessionId, { type: "reaction", messageId: id, emoji: "👍", on: true });
    if (number % 17 === 0) await stage.withdraw(sessionId, { type: "stop_requested", messageId: id });
    if (number === prompts / 2) void leaving.stop();
  }
  await waitFor(
    async () => {
      const ends = await Promise.all(names.map((name) => stage.eventsOf(name, "ai_complete")));
      return ends.flat().length >= prompts;
    },
    { what: "every answer", timeoutMs: 60_000 },
  );
  for (const name of names) expect(faultsOf(await stage.events(name))).toEqual([]);
  await waitFor(
    async () => {
      const info = await operatorOf(stage.log).consumers.info(streamName, consumers.responder);
      return info.num_ack_pending === 0 && info.num_pending === 0;
    },
    { what: "an empty consumer" },
  );
}, 90_000);
