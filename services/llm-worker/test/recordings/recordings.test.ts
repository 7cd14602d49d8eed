/** What natter makes of each recorded answer, in one piece and cut anywhere. */
import { ByteProvider } from "@natter/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ModelFailure } from "../../src/models/provider-failure.ts";
import { openTestModel } from "../models/open-test-model.ts";
import { recordings } from "./catalog.ts";
import type { Exchange, ExpectedAnswer, ExpectedFailure } from "./recording.ts";

let provider: ByteProvider;

beforeAll(async () => {
  provider = await ByteProvider.start();
});
afterAll(async () => provider.close());

async function replay(
  exchange: Exchange,
  model: string,
  pieces: readonly Uint8Array[],
): Promise<ExpectedAnswer | ExpectedFailure> {
  const { status, headers } = exchange;
  provider.answer = () => ({ status, headers, pieces });
  const said = { text: "", reasoning: "" };
  const request = {
    model,
    messages: [
      { role: "system" as const, content: "Be brief." },
      { role: "user" as const, content: "hi" },
    ],
    replyTokens: 16,
    signal: new AbortController().signal,
  };
  try {
    const { reason, usage } = await openTestModel({
      baseUrl: provider.url,
      api: exchange.api ?? "chat",
    }).stream(request, ({ type, text }) => {
      if (type === "text") said.text += text;
      else said.reasoning += type === "taking" ? said.text + text : text;
      if (type === "taking") said.text = "";
    });
    return { text: said.text.trim(), reasoning: said.reasoning.trim(), reason, ...(usage ? { usage } : {}) };
  } catch (error) {
    if (error instanceof ModelFailure) return { failure: error.code };
    throw error;
  }
}

describe.each(Object.values(recordings).map((recording) => [recording.provider, recording] as const))(
  "%s",
  (_provider, recording) => {
    test.each(recording.exchanges.map((exchange) => [exchange.name, exchange] as const))(
      "%s",
      async (_name, exchange) => {
        const bytes = Buffer.from(exchange.body);
        expect(await replay(exchange, recording.model, [bytes])).toEqual(exchange.expected);
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.nat({ max: bytes.length }), { minLength: 1, maxLength: 10 }),
            async (cuts) => {
              const places = [0, ...cuts.sort((left, right) => left - right), bytes.length];
              const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
              expect(await replay(exchange, recording.model, pieces)).toEqual(exchange.expected);
            },
          ),
          { seed: 7, numRuns: 8 },
        );
      },
    );
  },
);
