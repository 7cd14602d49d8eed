import type { Arrival } from "../plan.ts";

/** A line of the file: `{"atSeconds":0.5,"session":"a","answerWords":120}`. */
interface Line {
  readonly atSeconds: number;
  /** Any text. The names of the sessions become numbers. */
  readonly session: string;
  readonly answerWords?: number;
}

export interface RecordedDay {
  readonly sessions: number;
  readonly arrivals: readonly Arrival[];
}

/**
 * Reads JSON lines of arrivals: when somebody wrote, in which session, and how long the answer was.
 *
 * @returns the day, or in words what is wrong with the text
 */
export function readRecordedDay(
  text: string,
  { speed, answerWords }: { readonly speed: number; readonly answerWords: number },
): RecordedDay | string {
  const sessions = new Map<string, number>();
  const arrivals: Arrival[] = [];
  for (const [index, row] of text.split("\n").entries()) {
    if (row.trim() === "") continue;
    const line = lineOf(row);
    if (!line) return `line ${index + 1} is not {"atSeconds":number,"session":"text","answerWords":number}`;
    const session = sessions.get(line.session) ?? sessions.size;
    sessions.set(line.session, session);
    const atMs = (line.atSeconds * 1_000) / speed;
    arrivals.push({ atMs, session, socket: 0, answerWords: line.answerWords ?? answerWords });
  }
  if (arrivals.length === 0) return "it has no arrivals";
  return { sessions: sessions.size, arrivals: arrivals.toSorted((left, right) => left.atMs - right.atMs) };
}

function lineOf(row: string): Line | undefined {
  try {
    const { atSeconds, session, answerWords } = JSON.parse(row) as Partial<Record<keyof Line, unknown>>;
    if (typeof atSeconds !== "number" || !(atSeconds >= 0) || typeof session !== "string") return undefined;
    if (answerWords === undefined) return { atSeconds, session };
    if (typeof answerWords !== "number" || !Number.isInteger(answerWords) || answerWords < 1)
      return undefined;
    return { atSeconds, session, answerWords };
  } catch {
    return undefined;
  }
}
