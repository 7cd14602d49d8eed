import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ThoughtFilter } from "../../src/models/answer/thought-filter.ts";

interface Said {
  text: string;
  reasoning: string;
}

function wavesIn(text: string): number {
  return text.split("👋").length - 1;
}

function read(pieces: readonly string[]): Said {
  const said: Said = { text: "", reasoning: "" };
  const filter = new ThoughtFilter((type, text) => {
    if (type === "text") said.text += text;
    else said.reasoning += type === "taking" ? said.text + text : text;
    if (type === "taking") said.text = "";
  });
  for (const piece of pieces) filter.push(piece);
  filter.flush();
  return said;
}

const harmony =
  "<|channel|>analysis<|message|>hm<|end|><|start|>assistant<|channel|>final<|message|>42<|return|>";

describe("what a model thinks is told from what it says:", () => {
  test.each([
    ["<think>hm</think>\n\n42", "42", "hm"],
    ["\n <think>\nhm\n</think>\n42", "42", "\nhm\n"],
    ["hm</think>\n\n42", "42", "hm"],
    ["<think>one</think>\n<think>two</think>42", "42", "onetwo"],
    ["Let me see.\n<think>hm</think>\n42", "Let me see.\n42", "hm"],
    [harmony, "42", "hm"],
    ["hm<|end|><|start|>assistant<|channel|>final<|message|>42", "42", "hm"],
    ["<think>never ends", "", "never ends"],
    ["a</think>~~~\n[THINK]b", "~~~\n[THINK]b", "a"],
    ["</think> a<|end|><|channel|>final<|message|>b", "b", "a"],
    ["<|start|><|end|> a", "a", ""],
    ["a < b and c <", "a < b and c <", ""],
    ["  ", "  ", ""],
  ])("%j", (whole, text, reasoning) => {
    expect(read([whole])).toEqual({ text, reasoning });
    expect(read(whole.split(""))).toEqual({ text, reasoning });
  });

  test.each([
    "Models write <think>…</think> around thoughts.",
    "<step><reasoning>why</reasoning></step> and be done.",
    "The token <|start|> begins a message in harmony, <|channel|> names one.",
    "It ends with <|end|> then.",
    "```\n<think>\nx\n</think>\n```\nend",
    "~~~~\n```\n<think>x</think>\n~~~~\nend",
    "Use `</think>` and ``<think> ` x``.",
  ])("a text that only talks about tags stays whole: %j", (text) => {
    expect(read([text])).toEqual({ text, reasoning: "" });
    expect(read(text.split(""))).toEqual({ text, reasoning: "" });
  });

  test("the same wherever it is cut, and nothing is lost but tags and the blanks after a thought", () => {
    const words = fc.constantFrom(
      "a",
      " ",
      "\n",
      "`",
      "~~~",
      "<",
      "<think>",
      "</think>",
      "[THINK]",
      "[/THINK]",
      "<|start|>",
      "<|end|>",
      "<|channel|>",
      "<|message|>",
      "final",
      "analysis",
      "👋",
    );
    fc.assert(
      fc.property(
        fc.array(words, { maxLength: 14 }),
        fc.array(fc.nat(60), { maxLength: 6 }),
        (parts, cuts) => {
          const whole = parts.join("");
          const places = [
            0,
            ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b),
            whole.length,
          ];
          const pieces = places.slice(1).map((end, index) => whole.slice(places[index], end));
          expect(read(pieces)).toEqual(read([whole]));
          const { text, reasoning } = read([whole]);
          // Between the messages of harmony stands what belongs to nobody.
          const isHarmony = whole.includes("<|");
          expect(isHarmony || wavesIn(text) + wavesIn(reasoning) === wavesIn(whole)).toBe(true);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  test("a long text of any shape is read in time", () => {
    for (const unit of [" ", "<", "</think>", "<|start|>", "<|end|>", "`", "~", "\n", "<|end|> ", "[", "a "])
      for (const end of ["", "<|start|>", "</think>"]) {
        const whole = `a${unit.repeat(60_000)}b${end}`;
        const { text, reasoning } = read([whole]);
        expect(text.length + reasoning.length).toBeLessThanOrEqual(whole.length);
      }
  });
});
