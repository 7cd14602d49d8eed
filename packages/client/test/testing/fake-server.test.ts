/** The server for applications' tests says what a gateway could say. */
import { checkClientFrame, serverFrames, type ServerFrame } from "@natter/protocol";
import * as fc from "fast-check";
import { Compile } from "typebox/compile";
import { describe, expect, test } from "vitest";
import { createClient } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { sessions } from "../support/arbitrary-session.ts";

const validators = new Map(Object.entries(serverFrames).map(([type, schema]) => [type, Compile(schema)]));
const isFrame = (frame: ServerFrame): boolean => validators.get(frame.type)?.Check(frame) ?? false;

describe("the server in memory", () => {
  test("sends only frames of the protocol, each after its predecessor", () => {
    fc.assert(
      fc.property(sessions, (frames) => {
        expect(frames.filter((frame) => !isFrame(frame))).toEqual([]);
        const events = frames.flatMap((frame) => ("prev" in frame ? [frame] : []));
        expect(events.map(({ prev }) => prev)).toEqual(events.map(({ seq }) => (seq ?? 0) - 1));
      }),
    );
  });

  test.each(["websocket", "events"] as const)(
    "hears only frames of the protocol, over %s",
    async (transport) => {
      const server = new FakeServer();
      const client = createClient({ ...server.clientOptions, transport });
      const session = client.session("s");
      const frames: ServerFrame[] = [];
      session.on("frame", (frame) => void frames.push(frame));
      session.open();
      await session.ready();
      const { messageId } = await session.send("one");
      session.typing();
      session.markRead();
      await session.edit(messageId, "two", { reply: true });
      await session.react(messageId, "🎉", true);
      await session.regenerate(messageId);
      await session.stop(messageId);
      await session.delete(messageId);
      expect(new Set(server.received.map(({ type }) => type))).toEqual(
        new Set(["message", "typing", "read_receipt", "edit", "reaction", "regenerate", "stop", "delete"]),
      );
      expect(server.received.filter((frame) => !checkClientFrame(frame).ok)).toEqual([]);
      expect(frames.filter((frame) => !isFrame(frame))).toEqual([]);
      client.close();
    },
  );

  test.each([
    [{ truncated: true }, true],
    [{ truncated: false }, false],
    // An earlier server does not say it.
    [{}, false],
  ])("a search that is answered with %j is truncated: %j", async (answer, truncated) => {
    const { clientOptions } = new FakeServer();
    const fetch = async (): Promise<Response> => Response.json({ hits: [], ...answer });
    const client = createClient({ ...clientOptions, fetch });
    expect(await client.sessions.search("word")).toEqual({ hits: [], truncated });
    client.close();
  });

  test("answers over HTTP what a client asks", async () => {
    const server = new FakeServer();
    const client = createClient(server.clientOptions);
    const session = client.session("s");
    session.open();
    await session.ask("hello").text();
    const { sessions: list } = client;
    await list.rename("s", "Title");
    await list.refresh();
    expect(list.getSnapshot().sessions).toMatchObject([{ sessionId: "s", title: "Title" }]);
    expect(await list.search("SAID hello")).toMatchObject({ hits: [{}], truncated: false });
    expect(await list.details("s")).toEqual({ title: "Title", canDelete: true });
    await list.delete("s");
    expect(session.getSnapshot()).toMatchObject({ keys: [], isDeleted: true });
    client.close();
  });
});
