import { subjects } from "@natter/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageEvent, newSession, waitFor, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

interface StreamEvent {
  type: string;
  data: string;
  id: string | undefined;
}

/** Takes a stream apart as the standard says: lines end in LF, CR LF or CR. */
function eventsIn(text: string): StreamEvent[] {
  const blocks = text.split(/(?:\r\n|\r|\n){2}/).slice(0, -1);
  return blocks.map((block) => {
    const fields = block.split(/\r\n|\r|\n/).map((line) => /^([^:]*): ?(.*)$/s.exec(line) ?? ["", line, ""]);
    const valuesOf = (name: string): string[] =>
      fields.filter(([, field]) => field === name).map(([, , value = ""]) => value);
    return {
      type: valuesOf("event")[0] ?? "message",
      data: valuesOf("data").join("\n"),
      id: valuesOf("id")[0],
    };
  });
}

/** A reader of the session's event stream. */
async function listen(sessionId: string): Promise<{ events(): StreamEvent[]; close(): void }> {
  const abort = new AbortController();
  const path = `/api/sessions/${sessionId}/events`;
  const headers = { accept: "text/event-stream" };
  const response = await fetch(world.gateway.url + path, { headers, signal: abort.signal });
  let text = "";
  void response.body
    ?.pipeThrough(new TextDecoderStream())
    .pipeTo(new WritableStream({ write: (chunk) => void (text += chunk) }))
    .catch(() => undefined);
  const events = (): StreamEvent[] => eventsIn(text);
  await waitFor(() => events().length > 0, { what: "the first event" });
  return { events, close: () => abort.abort() };
}

test.each([
  ["a line feed", "\n"],
  ["a carriage return", "\r"],
  ["both", "\r\n"],
  ["two line feeds", "\n\n"],
  ["the end of the stream", '\n\nevent: end\ndata: {"code":4500,"reason":"forbidden"}\n\n'],
  ["an id", "\nid: 1-0.1\n"],
  ["a comment", "\n: x\n"],
  ["a wait", "\r\rretry: 1\r\r"],
])(
  "a frame in which somebody else puts %s is one event of the stream, and the next is another",
  async (_name, lines) => {
    const sessionId = newSession();
    const reader = await listen(sessionId);
    const frame = `{"type":"typing",${lines}"user":{"id":"u","name":"U"},"isTyping":true}`;
    world.connection.publish(subjects.live(sessionId), new TextEncoder().encode(frame));
    const durable = JSON.stringify(messageEvent("m")).replace(",", `,${lines}`);
    await world.log.append(sessionId, new TextEncoder().encode(durable), { eventId: sessionId });
    await world.append(sessionId, messageEvent("last"));
    await waitFor(() => reader.events().length >= 4, { what: "the last event" });
    const [, typing, message, last, ...more] = reader.events();
    expect(more).toEqual([]);
    const joined = lines.replaceAll(/\r\n|\r/g, "\n");
    expect(typing).toEqual({ type: "message", data: frame.replace(lines, joined), id: undefined });
    expect(message?.data.startsWith(durable.slice(0, -1).replace(lines, joined))).toBe(true);
    expect(message?.id).toMatch(/^\d+-\d+\.\d+$/);
    expect(JSON.parse(last?.data ?? "")).toMatchObject({ type: "message", id: "last" });
    reader.close();
  },
);
