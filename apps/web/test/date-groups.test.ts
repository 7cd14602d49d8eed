import type { SessionEntry } from "@natter/client";
import { expect, test } from "vitest";
import { groupByDate } from "../src/sidebar/date-groups.ts";

const now = new Date(2026, 2, 29, 12, 0);

function entry(sessionId: string, at: Date | undefined, pinned = false): SessionEntry {
  return { sessionId, lastActivity: at?.toISOString() ?? "", pinned, archived: false };
}

test("date groups - chats are grouped by the reader's days, pinned ones first, months by name", () => {
  const groups = groupByDate(
    [
      entry("pinned", new Date(2020, 0, 1), true),
      entry("new", undefined),
      entry("this morning", new Date(2026, 2, 29, 0, 1)),
      entry("last night", new Date(2026, 2, 28, 23, 59)),
      entry("a week ago", new Date(2026, 2, 22, 12)),
      entry("eight days ago", new Date(2026, 2, 21, 12)),
      entry("in January", new Date(2026, 0, 15)),
      entry("also in January", new Date(2026, 0, 2)),
      entry("in 2025", new Date(2025, 11, 31)),
    ],
    now,
  );
  expect(groups.map(({ name, entries }) => [name, entries.map(({ sessionId }) => sessionId)])).toEqual([
    ["sessions.pinned", ["pinned"]],
    ["sessions.today", ["new", "this morning"]],
    ["sessions.yesterday", ["last night"]],
    ["sessions.lastSevenDays", ["a week ago"]],
    ["sessions.lastThirtyDays", ["eight days ago"]],
    [new Date(2026, 0, 1), ["in January", "also in January"]],
    [new Date(2025, 11, 1), ["in 2025"]],
  ]);
});

test("date groups - an activity in the future counts as today", () => {
  const [group] = groupByDate([entry("tomorrow", new Date(2026, 2, 30, 9))], now);
  expect(group?.name).toBe("sessions.today");
});
