import { expect, test } from "vitest";
import { SuspectGate } from "../../src/prompts/suspect-gate.ts";

const never = new AbortController().signal;

/** Lets everything go on that can. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

test("a prompt that lost no worker, or one, never waits", async () => {
  const gate = new SuspectGate();
  const entered = await Promise.all(
    Array.from({ length: 100 }, async (_, index) => gate.enter(index % 2, never)),
  );
  expect(entered.every((leave) => leave !== undefined)).toBe(true);
});

test.each([
  [2, 16],
  [3, 4],
  [4, 1],
  [9, 1],
])("of prompts that lost %i workers at most %i run beside each other", async (failures, most) => {
  const gate = new SuspectGate();
  const leaves: (() => void)[] = [];
  for (let index = 0; index < 20; index++)
    void gate.enter(failures, never).then((leave) => leave && leaves.push(leave));
  await settled();
  expect(leaves).toHaveLength(most);
  for (let index = 0; index < 20; index++) {
    leaves[index]?.();
    await settled();
  }
  expect(leaves).toHaveLength(20);
});

test("a prompt that has to be alone is joined by no other suspect", async () => {
  const gate = new SuspectGate();
  const leave = await gate.enter(4, never);
  let hasEntered = false;
  void gate.enter(2, never).then(() => (hasEntered = true));
  await settled();
  expect(hasEntered).toBe(false);
  leave?.();
  await settled();
  expect(hasEntered).toBe(true);
});

test("a prompt that is withdrawn while it waits gives its place up", async () => {
  const gate = new SuspectGate();
  await gate.enter(4, never);
  const abort = new AbortController();
  const waiting = gate.enter(4, abort.signal);
  abort.abort();
  expect(await waiting).toBeUndefined();
});
