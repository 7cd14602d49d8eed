import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyToPrompts,
  withdrawalOf,
  comparePositions,
  createPromptState,
  earliestPrompt,
  openPrompt,
  openPrompts,
  type Withdrawal,
  type LogEvent,
  type Prompt,
} from "../../src/index.ts";
import {
  at,
  deletion,
  edit,
  message,
  regenerate,
  sessionDeleted,
  shuffled,
  stop,
  type Placed,
} from "../support/events.ts";

/** Few ids, so that events with one id differ, come twice, and withdraw each other. */
const ids = fc.constantFrom("a", "b", "c", "d");
const targets = fc.oneof(
  ids,
  fc.tuple(ids, ids).map(([messageId, promptId]) => `${messageId}.${promptId}`),
);
const events: fc.Arbitrary<LogEvent> = fc.oneof(
  ids.map((id) => message(id)),
  fc
    .tuple(ids, ids, fc.boolean())
    .map(([id, messageId, reply]) => edit(id, { messageId, message: id, reply })),
  fc.tuple(ids, ids).map(([id, messageId]) => deletion(id, messageId)),
  fc.tuple(ids, targets).map(([id, target]) => stop(id, target)),
  fc.tuple(ids, targets).map(([id, target]) => regenerate(id, target)),
  ids.map((id) => sessionDeleted(id)),
);
const positions = fc
  .tuple(fc.constantFrom("900-0", "1700-0", "1700-12"), fc.integer({ min: 1, max: 30 }))
  .map(([epoch, seq]) => at(seq, epoch));
const placed: fc.Arbitrary<Placed> = fc.record({ event: events, position: positions });
const logs = fc.uniqueArray(placed, {
  selector: ({ position }) => `${position.epoch}.${position.seq}`,
  maxLength: 30,
});
const knownPrompts: fc.Arbitrary<Prompt[]> = fc.uniqueArray(
  fc.record({ promptId: ids, messageId: ids, position: positions, attempt: fc.nat(2), closed: fc.boolean() }),
  { selector: ({ promptId }) => promptId, maxLength: 3 },
);

describe("withdrawals", () => {
  test("close what a walk through all of them closes, in any order of the events and with repeats", () => {
    fc.assert(
      fc.property(logs.chain(shuffled), knownPrompts, (log, known) => {
        const state = createPromptState(known);
        const seen: Placed[] = [];
        for (const one of log) {
          applyToPrompts(state, one.event, one.position);
          seen.push(one);
          const open = openPrompts(state);
          expect(open.map(({ closed }) => closed)).toEqual(
            open.map((prompt) => isClosedByWalk(prompt, seen, known)),
          );
          expect(earliestPrompt(state)).toEqual(open[0]);
          expect(open.map(({ promptId }) => openPrompt(state, promptId))).toEqual(open);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("of things that nobody has seen cost the open prompts nothing", () => {
    const state = createPromptState();
    let reads = 0;
    const counted = (seq: number): Placed["position"] => ({
      epoch: "1-0",
      get seq() {
        reads++;
        return seq;
      },
    });
    const count = 1_000;
    for (let number = 0; number < count; number++)
      applyToPrompts(state, message(`m${number}`), counted(number + 1));
    for (let number = 0; number < count; number++)
      applyToPrompts(state, stop(`s${number}`, `unknown${number}`), counted(count + number + 1));
    expect(openPrompts(state).every(({ closed }) => !closed)).toBe(true);
    // A sort of what is in order already compares neighbours.
    expect(reads).toBeLessThan(count * 10);
  });
});

/** One prompt against every event that withdraws, each at its first place. */
function isClosedByWalk(prompt: Prompt, log: readonly Placed[], known: readonly Prompt[]): boolean {
  if (known.some(({ promptId, closed }) => closed && promptId === prompt.promptId)) return true;
  const closers = new Map<string, Withdrawal>();
  for (const { event, position } of log) {
    const closer = withdrawalOf(event, position);
    const before = closers.get(event.id);
    if (closer && (!before || comparePositions(position, before.position) < 0)) closers.set(event.id, closer);
  }
  return [...closers].some(([id, closer]) => id !== prompt.promptId && closes(closer, prompt));
}

function closes(closer: Withdrawal, prompt: Prompt): boolean {
  if (comparePositions(closer.position, prompt.position) <= 0) return false;
  if (closer.promptId !== undefined) return closer.promptId === prompt.promptId;
  return closer.messageId === undefined || closer.messageId === prompt.messageId;
}
