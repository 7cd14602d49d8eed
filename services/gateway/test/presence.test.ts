import { setTimeout as sleep } from "node:timers/promises";
import {
  decodePresenceSet,
  encodeFrame,
  limits,
  subjects,
  timings,
  type PresenceSet,
  type User,
} from "@natter/protocol";
import { guestTokenOf } from "@natter/testing";
import { array, assert, boolean, constantFrom, nat, property, record, uniqueArray } from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Roster } from "../src/presence/roster.ts";
import type { TestClient } from "./test-client.ts";
import { newSession, waitFor, World, type Gateway } from "./world.ts";

/** As usual, twenty times as fast. */
const times = { beaconMs: 250, silentMs: 700, graceMs: 500, checkMs: 1_500, tellMs: 50 };

let world: World;
let other: Gateway;

beforeAll(async () => {
  world = await World.start({}, { presence: times });
  other = await world.anotherGateway({}, { presence: times });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
});

function as(name: string): string {
  return `name=${name}&guest=${guestTokenOf(name)}`;
}

function joinsOf(client: TestClient): string[] {
  return client.of("user_join").map(({ user }) => user.name);
}

function leavesOf(client: TestClient): string[] {
  return client.of("user_leave").map(({ user }) => user.name);
}

/** Everybody that a client knows to be here, as a client keeps it. */
function herePerClient(client: TestClient): string[] {
  const here = new Map<string, string>();
  for (const frame of client.frames) {
    if (frame.type === "connection") for (const { id, name } of frame.users) here.set(id, name);
    if (frame.type === "user_join") here.set(frame.user.id, frame.user.name);
    if (frame.type === "user_leave") here.delete(frame.user.id);
  }
  return [...here.values()].sort();
}

/** A gateway that the test plays. */
class PlayedGateway {
  /** How often it answered. */
  answers = 0;
  readonly #id: string;
  readonly #sessionId: string;
  #timer: NodeJS.Timeout | undefined;
  #subscription: { unsubscribe(): void } | undefined;

  constructor(id: string, sessionId: string) {
    this.#id = id;
    this.#sessionId = sessionId;
  }

  say(revision: number, names: readonly string[], more: object = {}): void {
    const users = names.map((name) => ({ id: `played-${name}`, name }));
    const set = { gateway: this.#id, revision, users, ...more };
    world.connection.publish(subjects.presence(this.#sessionId), encodeFrame(set));
  }

  live(): void {
    this.#timer = setInterval(() => this.beacon({}), times.beaconMs);
  }

  /** Says it again whenever somebody asks, but for the answers that are lost. */
  answer(names: readonly string[], isLost: (question: number) => boolean = () => false): void {
    let revision = 100;
    let questions = 0;
    this.#subscription = world.connection.subscribe(subjects.presence(this.#sessionId), ({ data }) => {
      const set = decodePresenceSet(data);
      if (set?.asks !== true || set.gateway === this.#id) return;
      if (isLost(questions++)) return;
      this.answers++;
      this.say(revision++, names);
    });
  }

  beacon(more: object): void {
    world.connection.publish(subjects.gateways, encodeFrame({ gateway: this.#id, ...more }));
  }

  die(): void {
    clearInterval(this.#timer);
    this.#subscription?.unsubscribe();
  }
}

describe("presence", () => {
  it("says who is here when one comes, who comes and who goes, across gateways", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    expect(ann.of("connection")[0]?.users.map(({ name }) => name)).toEqual(["Ann"]);
    const bob = await world.join(sessionId, as("Bob"), other);
    await waitFor(() => herePerClient(bob).length === 2 && herePerClient(ann).length === 2, {
      what: "both to know of both",
    });
    const cho = await world.join(sessionId, as("Cho"));
    expect(
      cho
        .of("connection")[0]
        ?.users.map(({ name }) => name)
        .sort(),
    ).toEqual(["Ann", "Bob", "Cho"]);
    await waitFor(() => herePerClient(bob).length === 3, { what: "Bob to know of Cho" });
    expect(joinsOf(ann).sort()).toEqual(["Bob", "Cho"]);
    // Nobody is told of their own coming.
    expect([joinsOf(bob).includes("Bob"), joinsOf(cho)]).toEqual([false, []]);

    bob.close();
    await waitFor(() => leavesOf(ann).includes("Bob") && leavesOf(cho).includes("Bob"), {
      what: "Bob to leave",
    });
    expect(herePerClient(ann)).toEqual(["Ann", "Cho"]);
  });

  it("is about one session and no other", async () => {
    const ann = await world.join(newSession(), as("Ann"));
    await world.join(newSession(), as("Bob"));
    await ann.roundTrip();
    expect(herePerClient(ann)).toEqual(["Ann"]);
  });

  it("does not flap when a page is reloaded, also when it comes back at another gateway", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    let bob = await world.join(sessionId, as("Bob"));
    for (const gateway of [other, world.gateway, other]) {
      bob.close();
      await sleep(times.graceMs / 3);
      bob = await world.join(sessionId, as("Bob"), gateway);
    }
    await sleep(times.graceMs * 2);
    expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Bob"], []]);
  });

  it("counts somebody with two tabs once, until the last one is closed", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const first = await world.join(sessionId, as("Bob"));
    const second = await world.join(sessionId, as("Bob"), other);
    expect(second.of("connection")[0]?.users.length).toBeGreaterThanOrEqual(1);
    first.close();
    await sleep(times.graceMs * 2);
    expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Bob"], []]);
    second.close();
    await waitFor(() => leavesOf(ann).length === 1, { what: "Bob to leave" });
  });

  it("shows a new name without a leave", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const token = guestTokenOf("Bob");
    const first = await world.join(sessionId, `name=Bob&guest=${token}`);
    await ann.next("user_join");
    first.close();
    await world.join(sessionId, `name=Robert&guest=${token}`);
    await waitFor(() => herePerClient(ann).includes("Robert"), { what: "the new name" });
    expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Bob", "Robert"], []]);
    expect(herePerClient(ann)).toEqual(["Ann", "Robert"]);
  });

  it("counts readers of the event stream", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const abort = new AbortController();
    const path = `/api/sessions/${sessionId}/events?${as("Bob")}`;
    const stream = await fetch(other.url + path, {
      headers: { accept: "text/event-stream" },
      signal: abort.signal,
    });
    expect(stream.status).toBe(200);
    await waitFor(() => joinsOf(ann).includes("Bob"), { what: "Bob" });
    abort.abort();
    await waitFor(() => leavesOf(ann).includes("Bob"), { what: "Bob to leave" });
  });
});

describe("another gateway", () => {
  it("that falls silent takes its people with it, but not before", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("crashes", sessionId);
    played.live();
    played.answer(["Zoe"]);
    played.say(1, ["Zoe"]);
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe" });
    await sleep(times.checkMs + 2 * times.beaconMs);
    expect(leavesOf(ann)).toEqual([]);
    const diedAt = performance.now();
    played.die();
    await waitFor(() => leavesOf(ann).includes("Zoe"), { what: "Zoe to leave" });
    expect(performance.now() - diedAt).toBeGreaterThan(times.silentMs - times.beaconMs - 100);
  });

  it("that says goodbye keeps its people for as long as they need to come back elsewhere", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const leaving = await world.anotherGateway({}, { presence: times });
    const bob = await world.join(sessionId, as("Bob"), leaving);
    await waitFor(() => joinsOf(ann).includes("Bob"), { what: "Bob" });
    const stopped = leaving.stop();
    await bob.closed();
    await world.join(sessionId, as("Bob"), other);
    await stopped;
    await sleep(times.graceMs * 2 + times.silentMs);
    expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Bob"], []]);
  });

  it("that says goodbye when it is asked keeps them for as long, although it does not answer", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("asked", sessionId);
    let saidAt: number | undefined;
    const subscription = world.connection.subscribe(subjects.presence(sessionId), ({ data }) => {
      if (saidAt !== undefined || decodePresenceSet(data)?.asks !== true) return;
      saidAt = performance.now();
      played.die();
      played.beacon({ leaving: true });
    });
    played.live();
    played.say(1, ["Zoe"]);
    await waitFor(() => leavesOf(ann).includes("Zoe"), { what: "Zoe to leave" });
    expect(performance.now() - (saidAt ?? Number.POSITIVE_INFINITY)).toBeGreaterThan(times.graceMs - 50);
    subscription.unsubscribe();
  });

  it("is believed only if what it says is later than what it said", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("says", sessionId);
    played.say(2, ["Zoe"]);
    played.say(1, ["Yan"]);
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe" });
    played.say(3, []);
    played.say(2, ["Zoe"]);
    await waitFor(() => leavesOf(ann).includes("Zoe"), { what: "Zoe to leave" });
    await ann.roundTrip();
    expect(joinsOf(ann)).toEqual(["Zoe"]);
  });

  it("whose last word was lost loses its people at the next look", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("loses", sessionId);
    played.live();
    played.say(1, ["Zoe"]);
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe" });
    await waitFor(() => leavesOf(ann).includes("Zoe"), { what: "Zoe to leave" });
    played.die();
    expect(herePerClient(ann)).toEqual(["Ann"]);
  });

  it("whose first answer is lost is asked again, also if nothing was known of it", async () => {
    const sessionId = newSession();
    const played = new PlayedGateway("lost", sessionId);
    played.live();
    played.answer(["Zoe"], (question) => question === 0);
    await world.connection.flush();
    const ann = await world.join(sessionId, as("Ann"));
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe", timeoutMs: times.checkMs });
    expect(herePerClient(ann)).toEqual(["Ann", "Zoe"]);
    played.die();
  });

  it("keeps its people while one answer of two is lost", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("every second", sessionId);
    played.live();
    played.answer(["Zoe"], (question) => question % 2 === 0);
    played.say(1, ["Zoe"]);
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe" });
    await waitFor(() => played.answers === 3, { what: "the third answer" });
    expect([joinsOf(ann), leavesOf(ann)]).toEqual([["Zoe"], []]);
    played.die();
  });

  it("that asks is told who is here", async () => {
    const sessionId = newSession();
    await world.join(sessionId, as("Ann"));
    const heard: PresenceSet[] = [];
    const subscription = world.connection.subscribe(subjects.presence(sessionId), ({ data }) => {
      const set = decodePresenceSet(data);
      if (set) heard.push(set);
    });
    await world.connection.flush();
    new PlayedGateway("asks", sessionId).say(1, [], { asks: true });
    const [answer] = await waitFor(() => heard.length > 1 && heard.slice(-1), { what: "an answer" });
    expect(answer?.users.map(({ name }) => name)).toEqual(["Ann"]);
    subscription.unsubscribe();
  });

  it("that says nonsense changes nothing", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    for (const text of [
      "",
      "{",
      "[]",
      '{"gateway":"x"}',
      '{"gateway":"x","revision":-1,"users":[]}',
      "\xff",
    ]) {
      world.connection.publish(subjects.presence(sessionId), new TextEncoder().encode(text));
      world.connection.publish(subjects.gateways, new TextEncoder().encode(text));
    }
    new PlayedGateway("fine", sessionId).say(1, ["Zoe"]);
    await waitFor(() => joinsOf(ann).includes("Zoe"), { what: "Zoe" });
    expect(herePerClient(ann)).toEqual(["Ann", "Zoe"]);
  });
});

describe("many who come and go", () => {
  it("under ever new names are told of a few times, and under their last name in the end", async () => {
    const sessionId = newSession();
    const readers = await Promise.all([
      world.join(sessionId, as("Ann")),
      world.join(sessionId, as("Ben"), other),
    ]);
    const token = guestTokenOf("churn");
    const begun = performance.now();
    const names = Array.from({ length: 100 }, (_, n) => `name=Name${n}&guest=${token}`);
    await Promise.all(names.map(async (query) => world.join(sessionId, query)));
    const last = await world.join(sessionId, `name=Last&guest=${token}`);
    await waitFor(() => readers.every((reader) => herePerClient(reader).includes("Last")), {
      what: "the last name",
    });
    const tellings = (performance.now() - begun) / times.tellMs + 2;
    for (const reader of readers) expect(joinsOf(reader).length).toBeLessThanOrEqual(tellings);
    expect(herePerClient(last)).toEqual(["Ann", "Ben", "Last"]);
  });

  it("at once are told of in portions, each once, and the same to all who come meanwhile", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const count = 3 * limits.presenceChanges;
    const guests = Array.from({ length: count }, (_, n) => `G${n}`);
    const played = new PlayedGateway("crowd", sessionId);
    const begun = performance.now();
    played.say(1, guests);
    const first = await waitFor(() => joinsOf(ann).length, { what: "the first of them" });
    expect(first).toBeLessThanOrEqual(limits.presenceChanges);
    const ben = await world.join(sessionId, as("Ben"));
    const everybody = ["Ann", "Ben", ...guests].toSorted();
    for (const reader of [ann, ben])
      await waitFor(() => herePerClient(reader).length === everybody.length, { what: "everybody" });
    expect(performance.now() - begun).toBeGreaterThan(times.tellMs);
    for (const reader of [ann, ben]) expect(herePerClient(reader)).toEqual(everybody);
    expect(joinsOf(ann)).toHaveLength(count + 1);
    expect(joinsOf(ben)).not.toContain("Ben");
    played.say(2, []);
    for (const reader of [ann, ben])
      await waitFor(() => herePerClient(reader).length === 2, { what: "the end of the crowd" });
  });

  it("and are gone before they were told of are told to nobody", async () => {
    const sessionId = newSession();
    const ann = await world.join(sessionId, as("Ann"));
    const played = new PlayedGateway("gone", sessionId);
    played.say(1, ["First"]);
    for (let revision = 2; revision < 100; revision += 2) {
      played.say(revision, [`G${revision}`]);
      played.say(revision + 1, []);
    }
    played.say(100, ["Last"]);
    await waitFor(() => herePerClient(ann).includes("Last"), { what: "the last one" });
    expect(joinsOf(ann).length).toBeLessThan(10);
    expect(herePerClient(ann)).toEqual(["Ann", "Last"]);
  });
});

it("is right again after the broker was away", async () => {
  const sessionId = newSession();
  const ann = await world.join(sessionId, as("Ann"));
  const bob = await world.join(sessionId, as("Bob"), other);
  await waitFor(() => herePerClient(ann).length === 2, { what: "Bob" });
  await world.server.kill("SIGKILL");
  bob.close();
  await sleep(times.silentMs * 2);
  await world.server.restart();
  await waitFor(() => leavesOf(ann).includes("Bob"), { what: "Bob to leave", timeoutMs: 20_000 });
  const cho = await waitFor(async () => world.join(sessionId, as("Cho"), other).catch(() => undefined), {
    what: "Cho to come in",
    timeoutMs: 20_000,
  });
  await waitFor(() => herePerClient(ann).includes("Cho"), { what: "Cho" });
  await waitFor(() => herePerClient(cho).includes("Ann"), { what: "Ann" });
  expect(herePerClient(ann)).toEqual(["Ann", "Cho"]);
}, 60_000);

it("keeps the promised times: a silent gateway's people are gone within 15 s", () => {
  const lookEachMs = 1_000;
  expect(timings.gatewaySilentMs + lookEachMs).toBeLessThanOrEqual(15_000);
  // Two beacons in a row may be lost.
  expect(timings.gatewaySilentMs).toBeGreaterThan(2 * timings.gatewayBeaconMs);
});

function usersOf(gateway: string, length: number): User[] {
  return Array.from({ length }, (_, n) => ({ id: `${gateway}-${n}`, name: "n" }));
}

function changeOf(roster: Roster, change: () => void): { joined: User[]; left: User[] } {
  const before = roster.users;
  change();
  const [were, are] = [before, roster.users].map((users) => new Set(users.map(({ id }) => id)));
  return {
    joined: roster.users.filter(({ id }) => were?.has(id) === false),
    left: before.filter(({ id }) => are?.has(id) === false),
  };
}

describe("a roster", () => {
  const names = uniqueArray(constantFrom("a", "b", "c", "d"), { maxLength: 4 });
  const step = record({
    gateway: constantFrom("g1", "g2", "g3"),
    revision: nat(20),
    names,
    drops: boolean(),
  });

  it("always tells exactly what changes, whatever comes in whatever order", () => {
    assert(
      property(array(step, { maxLength: 40 }), (steps) => {
        const roster = new Roster();
        const told = new Set<string>();
        const latest = new Map<string, { revision: number; names: readonly string[] }>();
        for (const { gateway, revision, names: users, drops } of steps) {
          const { joined, left } = changeOf(roster, () =>
            drops
              ? roster.drop(gateway)
              : roster.put(gateway, { revision, users: users.map((id) => ({ id, name: id })) }),
          );
          for (const { id } of left) expect(told.delete(id)).toBe(true);
          for (const { id } of joined) expect(told.has(id) ? "told twice" : told.add(id)).toBe(told);
          if (drops) latest.delete(gateway);
          else if (revision > (latest.get(gateway)?.revision ?? -1))
            latest.set(gateway, { revision, names: users });
          const here = new Set([...latest.values()].flatMap((set) => set.names));
          expect(told).toEqual(here);
          expect(new Set(roster.users.map(({ id }) => id))).toEqual(here);
        }
      }),
    );
  });

  it("lists of a crowd as many as a frame holds, counts the others, and fills a place that becomes free", () => {
    const roster = new Roster();
    const told = new Set<string>();
    const listen = (change: () => void): void => {
      const { joined, left } = changeOf(roster, change);
      for (const { id } of left) told.delete(id);
      for (const { id } of joined) told.add(id);
    };
    const half = limits.listedUsers / 2;
    listen(() => roster.put("a", { revision: 1, users: usersOf("a", half) }));
    listen(() => roster.put("b", { revision: 1, users: usersOf("b", limits.listedUsers), more: 1_000 }));
    expect([roster.users.length, told.size, roster.more]).toEqual([
      limits.listedUsers,
      limits.listedUsers,
      half + 1_000,
    ]);
    listen(() => roster.put("a", { revision: 2, users: usersOf("a", half - 10) }));
    expect([roster.users.length, roster.more]).toEqual([limits.listedUsers, half - 10 + 1_000]);
    expect(told).toEqual(new Set(roster.users.map(({ id }) => id)));
    listen(() => roster.drop("b"));
    expect([roster.users.length, told.size, roster.more]).toEqual([half - 10, half - 10, 0]);
  });
});
