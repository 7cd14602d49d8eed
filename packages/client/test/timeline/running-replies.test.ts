import * as fc from "fast-check";
import { mergeChunks, type ServerFrameOf } from "@natter/protocol";
import { expect, test } from "vitest";
import { RunningReplies, type RunningReply } from "../../src/timeline/running-replies.ts";

type Chunk = ServerFrameOf<"ai_chunk">;

const reply = { type: "ai_chunk", id: "m.p", attempt: 1 } as const;
const pieces = fc.array(
  fc.record({
    chunk: fc.string({ maxLength: 4 }),
    kind: fc.constantFrom("text", "text", "reasoning", "taking"),
  }),
  { minLength: 1, maxLength: 20 },
);

function framesOf(said: readonly { chunk: string; kind: string }[]): Chunk[] {
  return said.map(({ chunk, kind }, n) => ({
    ...reply,
    n,
    ...(kind === "text" ? {} : { part: "reasoning" }),
    ...(kind === "taking" ? { takesText: true } : {}),
    chunk,
  }));
}

/** As docs/protocol.md tells it. */
function fold(frames: readonly Chunk[]): { text: string; reasoning: string } {
  return frames.reduce(
    ({ text, reasoning }, { part, takesText, chunk }) => {
      if (part === undefined) return { text: text + chunk, reasoning };
      return takesText
        ? { text: "", reasoning: reasoning + text + chunk }
        : { text, reasoning: reasoning + chunk };
    },
    { text: "", reasoning: "" },
  );
}

function shown(feed: (replies: RunningReplies) => void): Pick<RunningReply, "text" | "reasoning" | "n"> {
  const replies = new RunningReplies();
  feed(replies);
  const { text = "", reasoning = "", n = -1 } = replies.get(reply.id) ?? {};
  return { text, reasoning, n };
}

/** A gateway joins chunks of one part for a slow reader, never one that takes the text with those before it. */
function merged(frames: readonly Chunk[], isJoined: (n: number) => boolean): Chunk[] {
  const runs: Chunk[][] = [];
  for (const frame of frames) {
    const run = runs.at(-1);
    const canFollow = run?.[0]?.part === frame.part && frame.takesText === undefined;
    if (run && canFollow && isJoined(frame.n)) run.push(frame);
    else runs.push([frame]);
  }
  return runs.map((run) => JSON.parse(new TextDecoder().decode(mergeChunks(run))) as Chunk);
}

test("text and reasoning are the same however chunks are joined, and wherever a reader comes", () => {
  fc.assert(
    fc.property(pieces, fc.infiniteStream(fc.boolean()), fc.nat(), (said, joins, place) => {
      const frames = framesOf(said);
      const expected = { ...fold(frames), n: frames.length - 1 };
      const joined = merged(frames, () => joins.next().value);
      expect(shown((replies) => joined.forEach((frame) => replies.apply(frame)))).toEqual(expected);
      const told = place % frames.length;
      const before = fold(frames.slice(0, told));
      expect(
        shown((replies) => {
          replies.apply({ type: "ai_text", id: reply.id, attempt: 1, n: told - 1, ...before });
          for (const frame of frames.slice(told)) replies.apply(frame);
        }),
      ).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});

test("a part that this client does not know is neither text nor reasoning", () => {
  const { text, reasoning, n } = shown((replies) => {
    replies.apply({ ...reply, n: 0, chunk: "said" });
    replies.apply({ ...reply, n: 1, part: "unheard of", chunk: "what" });
  });
  expect({ text, reasoning, n }).toEqual({ text: "said", reasoning: "", n: 1 });
});
