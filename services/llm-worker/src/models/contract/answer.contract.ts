import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ContractStage, event, type ApiWords } from "./stage.contract.ts";

/** What a model says comes as it was said. */
export function describeAnswers(words: ApiWords): void {
  let stage: ContractStage;

  beforeAll(async () => {
    stage = await ContractStage.open(words);
  });
  beforeEach(() => stage.reset());
  afterAll(async () => stage.provider.close());

  describe(`an answer`, () => {
    test("comes in parts, in order, and ends with its reason and its usage", async () => {
      const events = [words.reasoning("hm"), words.text("Hel"), words.text("lo"), ...words.end("stop")];
      const heard = await stage.hear({ pieces: events.map(event) });
      expect(heard.parts).toEqual([
        { type: "reasoning", text: "hm" },
        { type: "text", text: "Hel" },
        { type: "text", text: "lo" },
      ]);
      expect(heard.end).toEqual({ reason: "stop", usage: { promptTokens: 3, completionTokens: 4 } });
    });

    test("may end at its length", async () => {
      const heard = await stage.hear({
        pieces: [words.text("Hel"), ...words.end("length")].map(event),
      });
      expect(heard).toMatchObject({ text: "Hel", end: { reason: "length" } });
    });

    test("is the same wherever its bytes are split, with any line ends, comments and blank events", async () => {
      const text = "가나다 👨‍👩‍👧 \r\n \u2028 end";
      const noise = ": comment\n\ndata:\n\nevent: ping\n\ndata: null\n\ndata: 7\n\n:\n\nretry: 5\nid: 3\n\n";
      const plain = `\u{FEFF}${noise}${stage.whole(text).replaceAll("\n\n", `\n\n${noise}`)}`;
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom("\n", "\r\n", "\r"),
          fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
          async (lineEnd, cuts) => {
            const bytes = Buffer.from(plain.replaceAll("\n", lineEnd));
            const heard = await stage.hear({ pieces: split(bytes, cuts) });
            expect(heard).toMatchObject({ text, end: { reason: "stop" } });
          },
        ),
        { numRuns: 60 },
      );
    });

    test("may come in single bytes", async () => {
      const bytes = Buffer.from(stage.whole("가👋"));
      const pieces = Array.from({ length: bytes.length }, (_, index) => bytes.subarray(index, index + 1));
      expect((await stage.hear({ pieces })).text).toBe("가👋");
    });

    test("may have its data on several lines, and no blank line at its end", async () => {
      const lines = JSON.stringify(words.text("Hello"), null, 1).replaceAll(/^/gm, "data: ");
      const end = words
        .end("stop")
        .map((value) => `data:${JSON.stringify(value)}`)
        .join("\n\n");
      expect(await stage.hear({ pieces: [`${lines}\n\n${end}`] })).toMatchObject({
        text: "Hello",
        end: { reason: "stop" },
      });
    });

    test("may have an event of a megabyte, in any pieces", async () => {
      const text = "한글 text ".repeat(100_000);
      const bytes = Buffer.from(stage.whole(text));
      const pieces = Array.from({ length: Math.ceil(bytes.length / 9_999) }, (_, index) =>
        bytes.subarray(index * 9_999, (index + 1) * 9_999),
      );
      expect((await stage.hear({ pieces })).text).toBe(text);
    });

    test("has a bound", async () => {
      const piece = "x".repeat(1_048_576);
      const heard = await stage.hear({
        pieces: ["data: ", ...Array.from({ length: 10 }, () => piece)],
        lastly: "hold",
      });
      expect(heard.failure).toMatchObject({ code: "provider", retryable: false });
    });

    test("may be one document though a stream was asked for", async () => {
      const headers = { "content-type": "application/json" };
      const heard = await stage.hear({ headers, pieces: [JSON.stringify(words.document("Hello"))] });
      expect(heard).toMatchObject({ text: "Hello", end: { reason: "stop" } });
    });

    test.each(["hold", "reset"] as const)(
      "is whole once the model has ended it, though the connection may %s",
      async (lastly) => {
        const heard = await stage.hear({
          pieces: [words.text("Hello"), ...words.end("stop")].map(event),
          lastly,
        });
        expect(heard).toMatchObject({ text: "Hello", end: { reason: "stop" } });
      },
    );

    test("is not kept waiting by comments after its end", async () => {
      const end = words.end("stop").map(event);
      const comments = Array.from({ length: 400 }, () => ": still here\n\n");
      const heard = await stage.hear({
        pieces: [event(words.text("Hello")), ...end, ...comments],
        pauseMs: 250,
      });
      expect(heard).toMatchObject({ text: "Hello", end: { reason: "stop" } });
    });

    test("leaves the connection to the next one", async () => {
      stage.provider.answer = () => ({ pieces: [stage.whole("a")] });
      expect((await stage.ask()).text).toBe("a");
      const { connections } = stage.provider;
      for (let times = 0; times < 3; times++) expect((await stage.ask()).text).toBe("a");
      expect(stage.provider.requests).toHaveLength(4);
      expect(stage.provider.connections - connections).toBeLessThanOrEqual(1);
    });
  });
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [
    0,
    ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b),
    bytes.length,
  ];
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
}
