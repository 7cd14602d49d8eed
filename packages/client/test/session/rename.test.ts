import { beforeEach, describe, expect, test } from "vitest";
import { createClient, MemoryOutbox, type ClientOptions, type NatterClient } from "../../src/index.ts";
import { FakeServer } from "../../src/testing.ts";
import { state, turn, useTurnedClock } from "../support/turned-clock.ts";

let server: FakeServer;

useTurnedClock();
beforeEach(() => {
  server = new FakeServer({ answer: () => undefined });
});

async function openClient(options: ClientOptions = {}): Promise<NatterClient> {
  const client = createClient({ ...server.clientOptions, name: "Ann", ...options });
  client.session("s").open();
  await turn();
  return client;
}

describe("another name", () => {
  test("is the one that others see from now on, of the same user, without a pause", async () => {
    const client = await openClient();
    const session = client.session("s");
    const { me } = session.getSnapshot();
    client.rename("Anna");
    await turn();
    expect(state(session)).toBe("online");
    expect(session.getSnapshot().me).toEqual({ id: me?.id, name: "Anna" });
    await session.send("hello");
    expect(server.session("s").log.at(-1)).toMatchObject({ user: { id: me?.id, name: "Anna" } });
    expect(server.connections).toBe(1);
  });

  test("leaves what waits where it is, under its ids, never as failed, and it is sent once", async () => {
    const outbox = new MemoryOutbox();
    const client = await openClient({ outbox });
    const session = client.session("s");
    server.fallSilent();
    const sent = [session.send("on its way"), session.send("waits")];
    await turn();
    const before = await outbox.load("s");
    const seen = new Set<unknown>();
    session.subscribe(() => {
      const { keys, outbox: counts } = session.getSnapshot();
      // An answer that is awaited comes in between.
      seen.add(`${keys.filter((key) => !key.endsWith(".")).join()} ${counts.failed}`);
    });
    client.rename("Anna");
    server.fallSilent(false);
    expect(await outbox.load("s")).toEqual(before);
    await turn();
    expect(await Promise.all(sent)).toMatchObject(before.map(({ id }) => ({ id, duplicate: false })));
    expect([...seen]).toEqual([`${before.map(({ id }) => id).join()} 0`]);
    expect(server.received).toMatchObject([
      { id: before[0]?.id, message: "on its way", retry: true },
      { id: before[1]?.id, message: "waits" },
    ]);
    const names = server.session("s").log.map(({ user }) => user.name);
    expect(names).toEqual(["Anna", "Anna"]);
  });

  test("that is given without a network is said when there is one, with what was written under the old one", async () => {
    const client = await openClient();
    const session = client.session("s");
    server.disconnect();
    await turn();
    const sent = session.send("written as Ann");
    client.rename("Anna");
    await turn(60_000);
    expect(session.getSnapshot().outbox).toEqual({ waiting: 1, failed: 0 });
    server.reconnect();
    await turn(60_000);
    expect(await sent).toMatchObject({ duplicate: false });
    expect(server.session("s").log).toMatchObject([{ user: { name: "Anna" }, message: "written as Ann" }]);
  });

  test("keeps an answer that is being written, and opens no session that is closed", async () => {
    const client = await openClient();
    const session = client.session("s");
    client.session("closed");
    const reply = session.ask("question");
    const { messageId } = await reply.sent;
    const answer = server.session("s").startAnswer(messageId);
    answer.write("one ");
    await turn();
    client.rename("Anna");
    answer.write("two");
    await turn();
    answer.end();
    expect(await reply.text()).toBe("one two");
    expect(state(client.session("closed"))).toBe("closed");
    expect(server.connections).toBe(1);
  });
});
