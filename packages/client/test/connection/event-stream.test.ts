import * as fc from "fast-check";
import { expect, test } from "vitest";
import { readEventStream, type StreamEvent } from "../../src/connection/event-stream.ts";

async function read(chunks: readonly Uint8Array[]): Promise<{ events: StreamEvent[]; signs: number }> {
  const events: StreamEvent[] = [];
  let signs = 0;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
  await readEventStream(body, { event: (event) => void events.push(event), alive: () => void signs++ });
  return { events, signs };
}

/** The bytes, cut at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index] ?? bytes.length));
}

const line = fc.string({ unit: "grapheme" }).map((text) => text.replaceAll(/[\r\n]/g, ""));
const event = fc.record({
  type: fc.constantFrom("", "end"),
  data: fc.array(line, { minLength: 1, maxLength: 3 }),
});

test("events come out as they went in, wherever the bytes are cut and however lines end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event),
      fc.constantFrom("\n", "\r\n"),
      fc.array(fc.nat(2_000)),
      async (events, end, places) => {
        const text = events
          .map(({ type, data }) =>
            [
              ": a comment",
              "id: 1.2",
              ...(type === "" ? [] : [`event: ${type}`]),
              ...data.map((part) => `data: ${part}`),
              "",
              "",
            ].join(end),
          )
          .join("");
        const seen = await read(cut(new TextEncoder().encode(text), places));
        expect(seen.events).toEqual(events.map(({ type, data }) => ({ type, data: data.join("\n") })));
      },
    ),
  );
});

test("a comment is a sign of life and no event", async () => {
  const { events, signs } = await read([new TextEncoder().encode(": heartbeat\n\n")]);
  expect(events).toEqual([]);
  expect(signs).toBe(1);
});
