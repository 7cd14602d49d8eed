import { limits, type User } from "@natter/protocol";
import { array, assert, boolean, constantFrom, nat, property, record, uniqueArray } from "fast-check";
import { expect, test } from "vitest";
import { PresenceState } from "../../src/presence/presence-state.ts";

function usersOf(gateway: string, length: number): User[] {
  return Array.from({ length }, (_, n) => ({ id: `${gateway}-${n}`, name: "n" }));
}

function changeOf(state: PresenceState, change: () => void): { joined: User[]; left: User[] } {
  const before = state.users;
  change();
  const [were, are] = [before, state.users].map((users) => new Set(users.map(({ id }) => id)));
  return {
    joined: state.users.filter(({ id }) => were?.has(id) === false),
    left: before.filter(({ id }) => are?.has(id) === false),
  };
}

const names = uniqueArray(constantFrom("a", "b", "c", "d"), { maxLength: 4 });
const step = record({
  gateway: constantFrom("g1", "g2", "g3"),
  revision: nat(20),
  names,
  drops: boolean(),
});

test("presence state - its users are those of the latest states, whatever comes in whatever order", () => {
  assert(
    property(array(step, { maxLength: 40 }), (steps) => {
      const state = new PresenceState();
      const known = new Set<string>();
      const latest = new Map<string, { revision: number; names: readonly string[] }>();
      for (const { gateway, revision, names: users, drops } of steps) {
        const { joined, left } = changeOf(state, () =>
          drops
            ? state.drop(gateway)
            : state.put(gateway, { revision, users: users.map((id) => ({ id, name: id })) }),
        );
        for (const { id } of left) expect(known.delete(id)).toBe(true);
        for (const { id } of joined) expect(known.has(id) ? "joined twice" : known.add(id)).toBe(known);
        if (drops) latest.delete(gateway);
        else if (revision > (latest.get(gateway)?.revision ?? -1))
          latest.set(gateway, { revision, names: users });
        const here = new Set([...latest.values()].flatMap((set) => set.names));
        expect(known).toEqual(here);
        expect(new Set(state.users.map(({ id }) => id))).toEqual(here);
      }
    }),
  );
});

test("presence state - lists as many users as a frame holds, counts the others, and fills a free place", () => {
  const state = new PresenceState();
  const known = new Set<string>();
  const apply = (change: () => void): void => {
    const { joined, left } = changeOf(state, change);
    for (const { id } of left) known.delete(id);
    for (const { id } of joined) known.add(id);
  };
  const half = limits.listedUsers / 2;
  apply(() => state.put("a", { revision: 1, users: usersOf("a", half) }));
  apply(() => state.put("b", { revision: 1, users: usersOf("b", limits.listedUsers), more: 1_000 }));
  expect([state.users.length, known.size, state.more]).toEqual([
    limits.listedUsers,
    limits.listedUsers,
    half + 1_000,
  ]);
  apply(() => state.put("a", { revision: 2, users: usersOf("a", half - 10) }));
  expect([state.users.length, state.more]).toEqual([limits.listedUsers, half - 10 + 1_000]);
  expect(known).toEqual(new Set(state.users.map(({ id }) => id)));
  apply(() => state.drop("b"));
  expect([state.users.length, known.size, state.more]).toEqual([half - 10, half - 10, 0]);
});
