import { decodePresenceSet, limits, subjects, type PresenceSet } from "@natter/protocol";
import { afterEach, beforeEach, expect, test } from "vitest";
import { PlayedGateway, PresenceNodes, times, type PresenceNode } from "../support/presence-nodes.ts";

const ann = { id: "ann", name: "Ann" };
const bob = { id: "bob", name: "Bob" };
const session = "s";

let nodes: PresenceNodes;
let here: PresenceNode;

beforeEach(async () => {
  nodes = await PresenceNodes.start();
  here = await nodes.add();
  here.presence.enter(session, ann);
  await nodes.pass(2 * times.heartbeatMs);
  here.relayed.length = 0;
});

afterEach(async () => {
  await nodes[Symbol.asyncDispose]();
});

test("presence - a user who reloads, also at another gateway, neither leaves nor joins again", async () => {
  const other = await nodes.add();
  let leave = here.presence.enter(session, bob);
  await nodes.pass(times.relayMs);
  for (const node of [other, here, other]) {
    leave();
    await nodes.pass(times.graceMs / 3);
    leave = node.presence.enter(session, bob);
  }
  await nodes.pass(2 * times.graceMs);
  expect(here.relayed).toEqual(["join Bob"]);
});

test("presence - a user with two tabs leaves when the last one is closed and the grace is over", async () => {
  const other = await nodes.add();
  const first = here.presence.enter(session, bob);
  const second = other.presence.enter(session, bob);
  first();
  await nodes.pass(2 * times.graceMs);
  expect(here.relayed).toEqual(["join Bob"]);
  second();
  await nodes.pass(times.graceMs - 500);
  expect(here.relayed).toEqual(["join Bob"]);
  await nodes.pass(2 * times.relayMs);
  expect(here.relayed).toEqual(["join Bob", "leave Bob"]);
});

test("presence - the users of a gateway without heartbeats leave after downMs, and not before", async () => {
  const played = new PlayedGateway(nodes, session, "crashes");
  await played.answer(["Zoe"]);
  played.startHeartbeats();
  played.publish(1, ["Zoe"]);
  await nodes.pass(2 * times.resyncMs);
  expect(here.relayed).toEqual(["join Zoe"]);
  played.crash();
  await nodes.pass(times.downMs - times.heartbeatMs - 1_000);
  expect(here.relayed).toEqual(["join Zoe"]);
  await nodes.pass(times.heartbeatMs + 3_000);
  expect(here.relayed).toEqual(["join Zoe", "leave Zoe"]);
});

test("presence - users of a gateway that shuts down can come back elsewhere without a leave", async () => {
  const leaving = await nodes.add();
  leaving.presence.enter(session, bob);
  await nodes.pass(times.relayMs);
  leaving.presence.stop();
  await nodes.pass(times.graceMs - 1_000);
  here.presence.enter(session, bob);
  await nodes.pass(2 * times.graceMs);
  expect(here.relayed).toEqual(["join Bob"]);
});

test("presence - users of a gateway that shuts down leave after graceMs, although it answers no request", async () => {
  const played = new PlayedGateway(nodes, session, "shuts down");
  played.startHeartbeats();
  played.publish(1, ["Zoe"]);
  const requests: number[] = [];
  await played.onRequest((request) => {
    if (request === 0) played.announceShutdown();
    requests.push(request);
  });
  while (requests.length === 0) await nodes.pass(500);
  await nodes.pass(times.graceMs - 500);
  expect(here.relayed).toEqual(["join Zoe"]);
  await nodes.pass(2_000);
  expect(here.relayed).toEqual(["join Zoe", "leave Zoe"]);
});

test("presence - a state with an older revision changes nothing", async () => {
  const played = new PlayedGateway(nodes, session, "late");
  played.publish(2, ["Zoe"]);
  played.publish(1, ["Yan"]);
  await nodes.pass(times.relayMs);
  played.publish(3, []);
  played.publish(2, ["Zoe"]);
  await nodes.pass(2 * times.relayMs);
  expect(here.relayed).toEqual(["join Zoe", "leave Zoe"]);
});

test("presence - a gateway that answers neither of two requests loses its users", async () => {
  const played = new PlayedGateway(nodes, session, "lost its last state");
  played.startHeartbeats();
  played.publish(1, ["Zoe"]);
  await nodes.pass(times.resyncMs + 3 * times.heartbeatMs);
  expect(here.relayed).toEqual(["join Zoe", "leave Zoe"]);
});

test("presence - a gateway whose first answer is lost is asked again", async () => {
  const played = new PlayedGateway(nodes, "later", "unknown");
  played.startHeartbeats();
  await played.answer(["Zoe"], (request) => request === 0);
  here.presence.enter("later", ann);
  await nodes.pass(times.heartbeatMs + times.relayMs);
  expect(here.presence.usersFor("later", ann).users.map(({ name }) => name)).toEqual(["Zoe", "Ann"]);
});

test("presence - a gateway keeps its users while one answer of two is lost", async () => {
  const played = new PlayedGateway(nodes, session, "every second");
  played.startHeartbeats();
  await played.answer(["Zoe"], (request) => request % 2 === 0);
  played.publish(1, ["Zoe"]);
  await nodes.pass(4 * times.resyncMs);
  expect(played.answers).toBeGreaterThan(2);
  expect(here.relayed).toEqual(["join Zoe"]);
});

test("presence - a gateway that asks gets the state of the others", async () => {
  const states: PresenceSet[] = [];
  nodes.connection.subscribe(subjects.presence(session), ({ data }) => {
    const message = decodePresenceSet(data);
    if (message) states.push(message);
  });
  await nodes.settle();
  new PlayedGateway(nodes, session, "asks").publish(1, [], { asks: true });
  await nodes.settle();
  await nodes.pass(times.relayMs);
  expect(states.map(({ users }) => users.map(({ name }) => name))).toEqual([[], ["Ann"]]);
});

test("presence - malformed messages change nothing", async () => {
  for (const text of ["", "{", "[]", '{"gateway":"x"}', '{"gateway":"x","revision":-1,"users":[]}', "\xff"])
    for (const subject of [subjects.presence(session), subjects.gateways])
      nodes.connection.publish(subject, new TextEncoder().encode(text));
  new PlayedGateway(nodes, session, "fine").publish(1, ["Zoe"]);
  await nodes.pass(times.relayMs);
  expect(here.relayed).toEqual(["join Zoe"]);
});

test("presence - ever new names of one user are relayed at most once in relayMs, the last one in the end", async () => {
  for (let n = 0; n < 100; n++) here.presence.enter(session, { ...bob, name: `Name${n}` });
  await nodes.pass(times.relayMs);
  expect(here.relayed).toEqual(["join Name0", "join Name99"]);
});

test("presence - a crowd joins in portions, each user once, and who joins meanwhile gets the same list", async () => {
  const names = Array.from({ length: 3 * limits.presenceChanges }, (_, n) => `G${n}`);
  new PlayedGateway(nodes, session, "crowd").publish(1, names);
  await nodes.settle();
  expect(here.relayed).toHaveLength(limits.presenceChanges);
  const listed = here.presence.usersFor(session, bob).users.map(({ name }) => name);
  expect(listed).toHaveLength(limits.presenceChanges + 2);
  here.presence.enter(session, bob);
  await nodes.pass(3 * times.relayMs);
  expect(here.relayed.toSorted()).toEqual([...names, "Bob"].map((name) => `join ${name}`).toSorted());
});

test("presence - users who are gone before the next portion are never relayed", async () => {
  const played = new PlayedGateway(nodes, session, "gone");
  played.publish(1, ["First"]);
  await nodes.settle();
  for (let revision = 2; revision < 100; revision += 2) {
    played.publish(revision, [`G${revision}`]);
    played.publish(revision + 1, []);
  }
  played.publish(100, ["Last"]);
  await nodes.pass(times.relayMs);
  expect(here.relayed).toEqual(["join First", "leave First", "join Last"]);
});
