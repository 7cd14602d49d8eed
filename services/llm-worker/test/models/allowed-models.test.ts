import { encodeFrame, subjects } from "@natter/protocol";
import { ByteProvider } from "@natter/testing";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Stage } from "../support/stage.ts";

let stage: Stage;
let provider: ByteProvider;

beforeEach(async () => {
  stage = await Stage.open();
  provider = await ByteProvider.start();
  const choice = { index: 0, delta: { content: "Hello" }, finish_reason: "stop" };
  provider.answer = () => ({
    pieces: [`data: ${JSON.stringify({ choices: [choice] })}\n\ndata: [DONE]\n\n`],
  });
});
afterEach(async () => {
  await stage?.close();
  await provider?.close();
});

/** The model that answers in a session which the log gives `model`. */
async function modelIn(sessionId: string, model: string): Promise<string> {
  await stage.append(sessionId, { type: "session_updated", model });
  return (await stage.endOf(sessionId, await stage.say(sessionId, "hi"))).model;
}

const asked = (): unknown[] => [...new Set(provider.requests.map(({ body }) => body["model"]))];

describe("the model of a session", () => {
  test("is the usual one if the log gives one that is not allowed, for the title as well", async () => {
    await stage.startWorker({ NATTER_AUTO_TITLES: "on", OPENAI_BASE_URL: provider.url });
    const wanted = ["gpt-5-pro-most-expensive", "", "Demo", "demo ", "constructor"];
    // The title's writer asks whether there is one already.
    const answer = { ok: true, details: {}, readMarks: [], epoch: stage.log.epoch, appliedSeq: 0 };
    stage.connection.subscribe(subjects.rpc("details"), (question) => question.respond(encodeFrame(answer)));
    for (const [number, model] of wanted.entries())
      expect([model, await modelIn(`s${number}`, model)]).toEqual([model, "demo"]);
    await expect.poll(() => provider.requests.length).toBe(2 * wanted.length);
    expect(asked()).toEqual(["demo"]);
  });

  test("is the session's own if it is on the list", async () => {
    await stage.startWorker({ NATTER_MODELS: "small, demo-large ,other", OPENAI_BASE_URL: provider.url });
    expect(await modelIn("large", "demo-large")).toBe("demo-large");
    expect(await modelIn("usual", "demo")).toBe("demo");
    expect(await modelIn("none", "demo-larger")).toBe("demo");
    expect(asked()).toEqual(["demo-large", "demo"]);
  });
});
