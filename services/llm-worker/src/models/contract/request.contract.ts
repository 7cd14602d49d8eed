import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { ModelMessage } from "../model.ts";
import { ContractStage, hello, key, type ApiWords } from "./stage.contract.ts";

/** What a provider is asked is what it takes. */
export function describeRequests(words: ApiWords): void {
  let stage: ContractStage;

  beforeAll(async () => {
    stage = await ContractStage.open(words);
  });
  beforeEach(() => stage.reset());
  afterAll(async () => stage.provider.close());

  describe(`what is asked`, () => {
    const turn = fc.record({
      role: fc.constantFrom<ModelMessage["role"]>("user", "assistant", "system"),
      content: fc.constantFrom("", "a", "b\n\nc", "한글"),
    });

    test("has roles in turn, whatever was said, failed or was stopped before", async () => {
      stage.provider.answer = () => ({ pieces: [stage.whole("a")] });
      await fc.assert(
        fc.asyncProperty(fc.array(turn, { maxLength: 8 }), async (before) => {
          await stage.ask({ messages: [...before, hello] });
          const { body } = stage.provider.requests.at(-1) ?? { body: {} };
          const roles = words.asked.turns(body).map(({ role }) => role);
          expect(roles).toEqual(roles.map((_, index) => (index % 2 === 0 ? "user" : "assistant")));
          expect(roles.at(-1)).toBe("user");
          const said = JSON.stringify(words.asked.turns(body));
          for (const { content } of before.filter(({ role }) => role === "user"))
            expect(said).toContain(JSON.stringify(content).slice(1, -1));
        }),
        { numRuns: 60 },
      );
    });

    test("leads the first message if the provider has no place for a system prompt, and is remembered", async () => {
      stage.provider.answer = ({ body }) =>
        words.asked.system(body) === undefined
          ? { pieces: [stage.whole("a")] }
          : {
              status: 400,
              pieces: ['{"error":{"message":"System role not supported; instructions are not allowed"}}'],
            };
      const messages: ModelMessage[] = [{ role: "system", content: "Be brief." }, hello];
      expect((await stage.ask({ messages })).text).toBe("a");
      expect((await stage.ask({ messages })).text).toBe("a");
      expect(stage.provider.requests).toHaveLength(3);
      expect(words.asked.turns(stage.provider.requests[1]?.body ?? {})).toEqual([
        { role: "user", content: "Be brief.\n\nhi" },
      ]);
      expect(stage.warnings).toHaveLength(1);
      await stage.ask({ messages, name: "another model" });
      expect(stage.provider.requests).toHaveLength(5);
    });

    test("is less where the context is too long, down to the last message, and is remembered", async () => {
      const long = "word ".repeat(400);
      const messages: ModelMessage[] = Array.from({ length: 21 }, (_, index) => ({
        role: index % 2 === 0 ? "user" : "assistant",
        content: `${index} ${long}`,
      }));
      stage.provider.answer = ({ body }) =>
        words.asked.turns(body).length <= 3 && Number(words.asked.replyTokens(body)) <= 1_100
          ? { pieces: [stage.whole("a")] }
          : {
              status: 400,
              pieces: [
                '{"error":{"code":"context_length_exceeded","message":"This model\'s maximum context length is 2200 tokens. However, you requested 9000 tokens."}}',
              ],
            };
      const heard = await stage.ask({ messages, replyTokens: 2_000 });
      expect(heard.text).toBe("a");
      const last = words.asked.turns(stage.provider.requests.at(-1)?.body ?? {});
      expect(last.at(-1)?.content).toBe(`20 ${long}`);
      const asked = stage.provider.requests.length;
      expect((await stage.ask({ messages, replyTokens: 2_000 })).text).toBe("a");
      expect(stage.provider.requests).toHaveLength(asked + 1);
    });

    test("stays as it is for others when a refusal only names the words of a way of asking", async () => {
      const messages: ModelMessage[] = [{ role: "system", content: "Be brief." }, hello];
      const body =
        '{"error":{"message":"refused: \'max_tokens unsupported, max_output_tokens, stream_options, system role not supported\'"}}';
      stage.provider.answer = () => ({ status: 400, pieces: [body] });
      expect((await stage.ask({ messages })).failure).toMatchObject({ code: "refused" });
      stage.provider.answer = () => ({ pieces: [stage.whole("a")] });
      await stage.ask({ messages });
      const { body: asked } = stage.provider.requests.at(-1) ?? { body: {} };
      expect(words.asked.system(asked)).toBe("Be brief.");
      expect(words.asked.replyTokens(asked)).toBe(1_000);
      expect(stage.warnings).toEqual([]);
    });

    test("is given up if one message is too long", async () => {
      stage.provider.answer = () => ({
        status: 400,
        pieces: ['{"error":{"message":"prompt is too long: 9 > 8"}}'],
      });
      expect((await stage.ask({ replyTokens: 16 })).failure).toMatchObject({
        code: "context_too_long",
        retryable: false,
      });
      expect(stage.provider.requests.length).toBeLessThan(12);
    });

    test("carries the key and the request's own words, and no time limit of the SDK", async () => {
      stage.provider.answer = () => ({ pieces: [stage.whole("a")] });
      await stage.ask();
      expect(stage.provider.requests[0]?.headers["authorization"]).toBe(`Bearer ${key}`);
      expect(stage.provider.requests[0]?.body).toMatchObject({ model: "m", stream: true });
    });
  });
}
