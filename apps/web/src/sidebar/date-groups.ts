import type { SessionEntry } from "@natter/client";
import type { TextKey } from "../locale/en.ts";

export interface DateGroup {
  /** Key of the name, or the first day of the month. */
  readonly name: TextKey | Date;
  readonly entries: readonly SessionEntry[];
}

const dayMs = 86_400_000;

/** Pinned sessions first, then by the day of the last activity in the reader's time zone. Keeps the order. */
export function groupByDate(entries: readonly SessionEntry[], now: Date): DateGroup[] {
  const groups = new Map<string, { name: DateGroup["name"]; entries: SessionEntry[] }>();
  for (const entry of entries) {
    const name = groupOf(entry, now);
    const key = name instanceof Date ? name.toISOString() : name;
    const group = groups.get(key) ?? { name, entries: [] };
    groups.set(key, group);
    group.entries.push(entry);
  }
  return [...groups.values()];
}

function groupOf({ pinned, lastActivity }: SessionEntry, now: Date): DateGroup["name"] {
  if (pinned) return "sessions.pinned";
  const day = startOfDay(lastActivity === "" ? now : new Date(lastActivity));
  // Rounded: a day on which summer time begins has 23 hours.
  const daysAgo = Math.round((startOfDay(now).getTime() - day.getTime()) / dayMs);
  if (daysAgo <= 0) return "sessions.today";
  if (daysAgo === 1) return "sessions.yesterday";
  if (daysAgo <= 7) return "sessions.lastSevenDays";
  if (daysAgo <= 30) return "sessions.lastThirtyDays";
  return new Date(day.getFullYear(), day.getMonth(), 1);
}

function startOfDay(date: Date): Date {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate());
}
