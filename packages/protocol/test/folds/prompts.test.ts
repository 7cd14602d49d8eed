import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  applyToPrompts,
  createPromptState,
  isCompleted,
  openPrompts,
  replyIdOf,
  type LogEvent,
  type Prompt,
} from "../../src/index.ts";
import {
  at,
  complete,
  deletion,
  edit,
  logs,
  message,
  regenerate,
  sessionDeleted,
  shuffled,
  start,
  stop,
  type Placed,
} from "../support/events.ts";

describe("the fold of prompts", () => {
  test("gives the same result for any order and any repetition of the events", () => {
    fc.assert(
      fc.property(
        logs.chain((log) => fc.tuple(fc.constant(log), shuffled(log))),
        ([log, mixed]) => {
          expect(openPrompts(fold(mixed))).toEqual(openPrompts(fold(log)));
        },
      ),
      { numRuns: 500 },
    );
  });

  test("ignores an event that is in the log a second time", () => {
    fc.assert(
      fc.property(logs, fc.nat(), (log, choice) => {
        const again = log[choice % Math.max(1, log.length)];
        if (!again) return;
        const repeated = [...log, { event: again.event, position: at(1_000) }];
        expect(openPrompts(fold(repeated))).toEqual(openPrompts(fold(log)));
      }),
      { numRuns: 500 },
    );
  });

  test("can go on from what the store knows", () => {
    fc.assert(
      fc.property(logs.map(causal), fc.nat(), (log, cut) => {
        const split = cut % (log.length + 1);
        const stored = fold(log.slice(0, split));
        expect(openPrompts(fold(log.slice(split), openPrompts(stored)))).toEqual(openPrompts(fold(log)));
      }),
      { numRuns: 500 },
    );
  });

  test("is a subsequence of the prompts in the order of the log", () => {
    fc.assert(
      fc.property(logs, (log) => {
        const seqs = openPrompts(fold(log)).map(({ position }) => position.seq);
        expect(seqs).toEqual(seqs.toSorted((left, right) => left - right));
        for (const { promptId } of openPrompts(fold(log)))
          expect(isCompleted(fold(log), promptId)).toBe(false);
      }),
    );
  });
});

describe("a prompt", () => {
  test("is a user's message, and open until it is answered", () => {
    expect(foldAll(message("m1"))).toMatchObject([
      { promptId: "m1", messageId: "m1", attempt: 0, closed: false },
    ]);
    expect(foldAll(message("m1"), complete({ promptId: "m1", messageId: "m1", attempt: 1 }))).toEqual([]);
  });

  test("is not what the model says, nor an edit that asks for nothing", () => {
    expect(foldAll({ ...message("m1"), is_user: false })).toEqual([]);
    expect(foldAll(edit("e1", { messageId: "m1", message: "new" }))).toEqual([]);
  });

  test("is a regenerate of a reply, for the message that the reply answers", () => {
    expect(foldAll(regenerate("p4", replyIdOf("m1", "m1")))).toMatchObject([
      { promptId: "p4", messageId: "m1" },
    ]);
  });

  test("is an edit that asks for a reply, and it withdraws the one before", () => {
    const open = foldAll(message("m1"), edit("e2", { messageId: "m1", message: "new", reply: true }));
    expect(open).toMatchObject([
      { promptId: "m1", closed: true },
      { promptId: "e2", messageId: "m1", closed: false },
    ]);
  });

  test("has the highest attempt that was claimed, and of two claims of one attempt the first", () => {
    const answer = { promptId: "m1", messageId: "m1" };
    const open = foldAll(
      message("m1"),
      start({ ...answer, attempt: 1 }, "a"),
      start({ ...answer, attempt: 2 }, "b"),
      start({ ...answer, attempt: 2 }, "c"),
      start({ ...answer, attempt: 1 }, "d"),
    );
    expect(open).toMatchObject([{ attempt: 2, claim: "b" }]);
  });

  test("keeps its attempt when the store knows no claim", () => {
    const known: Prompt = { promptId: "m1", messageId: "m1", position: at(1), attempt: 3, closed: false };
    expect(openPrompts(createPromptState([known]))).toEqual([known]);
  });

  test("is completed by the first ai_complete, whatever comes after", () => {
    const answer = { promptId: "m1", messageId: "m1", attempt: 1 };
    const state = fold(
      placed(message("m1"), complete(answer), start({ ...answer, attempt: 2 }, "late"), complete(answer)),
    );
    expect(openPrompts(state)).toEqual([]);
    expect(isCompleted(state, "m1")).toBe(true);
    expect(isCompleted(state, "m2")).toBe(false);
  });
});

describe("a stop", () => {
  test("closes the prompt, which stays open until its ai_complete", () => {
    const stopped = [message("m1"), stop("s2", "m1")];
    expect(foldAll(...stopped)).toMatchObject([{ promptId: "m1", closed: true }]);
    expect(foldAll(...stopped, complete({ promptId: "m1", messageId: "m1", attempt: 0 }))).toEqual([]);
  });

  test("never touches a later regenerate", () => {
    expect(foldAll(message("m1"), stop("s2", "m1"), regenerate("p4", "m1"))).toMatchObject([
      { promptId: "m1", closed: true },
      { promptId: "p4", closed: false },
    ]);
  });

  test("that is in the log a second time does not touch one either", () => {
    const open = foldAll(message("m1"), stop("s2", "m1"), regenerate("p4", "m1"), stop("s2", "m1"));
    expect(open).toMatchObject([{ promptId: "m1" }, { promptId: "p4", closed: false }]);
  });

  test("of a reply closes that reply's prompt only", () => {
    const open = foldAll(
      message("m1"),
      complete({ promptId: "m1", messageId: "m1", attempt: 1 }),
      regenerate("p4", "m1"),
      message("m2"),
      stop("s5", replyIdOf("m1", "p4")),
    );
    expect(open).toMatchObject([
      { promptId: "p4", closed: true },
      { promptId: "m2", closed: false },
    ]);
  });

  test("of a reply that is over touches nothing", () => {
    const open = foldAll(message("m1"), regenerate("p4", "m1"), stop("s3", replyIdOf("m1", "m1")));
    expect(open.find(({ promptId }) => promptId === "p4")).toMatchObject({ closed: false });
  });
});

describe("what else withdraws a prompt", () => {
  test("the deletion of its message", () => {
    expect(foldAll(message("m1"), message("m2"), deletion("d3", "m1"))).toMatchObject([
      { promptId: "m1", closed: true },
      { promptId: "m2", closed: false },
    ]);
  });

  test("a later regenerate of the same message", () => {
    expect(foldAll(message("m1"), regenerate("p4", "m1"), regenerate("p5", "m1"))).toMatchObject([
      { promptId: "m1", closed: true },
      { promptId: "p4", closed: true },
      { promptId: "p5", closed: false },
    ]);
  });

  test("the end of the session, but not for what is said afterwards", () => {
    expect(foldAll(message("m1"), message("m2"), sessionDeleted("x3"), message("m3"))).toMatchObject([
      { promptId: "m1", closed: true },
      { promptId: "m2", closed: true },
      { promptId: "m3", closed: false },
    ]);
  });

  test("also in the next epoch, whose numbers are lower", () => {
    const state = createPromptState();
    applyToPrompts(state, message("m1"), at(900, "1-0"));
    applyToPrompts(state, stop("s2", "m1"), at(2, "2-0"));
    expect(openPrompts(state)).toMatchObject([{ closed: true }]);
  });
});

/** What a log looks like: nobody starts or ends a prompt that is not there, and no intent is in it twice. */
function causal(log: readonly Placed[]): Placed[] {
  const known = new Set<string>();
  return log.filter(({ event }) => {
    if (event.type === "ai_start" || event.type === "ai_complete") return known.has(event.promptId);
    const isNew = !known.has(event.id);
    known.add(event.id);
    return isNew;
  });
}

function placed(...events: LogEvent[]): Placed[] {
  return events.map((event, index) => ({ event, position: at(index + 1) }));
}

function fold(log: readonly Placed[], known: readonly Prompt[] = []): ReturnType<typeof createPromptState> {
  const state = createPromptState(known);
  for (const { event, position } of log) applyToPrompts(state, event, position);
  return state;
}

function foldAll(...events: LogEvent[]): Prompt[] {
  return openPrompts(fold(placed(...events)));
}
