import { check, type Journal, type SessionEvidence, type Violation } from "@natter/faults/witnesses";

/** What docs/guarantees.md allows while the thing happens. */
export interface Allowance {
  /** A reader may see a beginning of a reply's text, and then the whole. */
  readonly mayMissWords?: true;
  /** Another worker may begin a reply again. */
  readonly mayBeginAgain?: true;
}

export interface Judgement {
  /** Numbers for the line of the step. */
  readonly counts: Readonly<Record<string, number>>;
  readonly faults: readonly string[];
}

/** In the order of the line. */
const shown = ["lost", "duplicated", "reordered", "hole", "cut short", "text differs"] as const;

/** What the clients of a step saw, and what of it must not be. Pure. */
export function judge(sessions: readonly SessionEvidence[], allowed: Allowance): Judgement {
  const { counts, violations } = check({ sessions, disturbances: [], processes: [] });
  const journals = sessions.flatMap((session) => session.journals);
  const again = journals.flatMap(({ entries }) =>
    entries.flatMap((entry) =>
      entry.kind === "got" && entry.frame.type === "ai_start" && entry.frame.attempt > 1
        ? [entry.frame.id]
        : [],
    ),
  );
  const numbers = Object.fromEntries(
    shown.map((kind) => [kind, violations.filter((violation) => violation.kind === kind).length]),
  );
  const begunAgain = new Set(again).size;
  const unexpected = violations.filter(({ kind }) => !(allowed.mayMissWords && kind === "cut short"));
  return {
    counts: {
      acked: counts.acked,
      replies: counts.replies,
      ...numbers,
      "begun again": begunAgain,
      reconnects: journals.reduce((sum, journal) => sum + reconnectsOf(journal), 0),
      "longest ack ms": Math.max(0, ...journals.map(longestAckMs)),
    },
    faults: [
      ...unexpected.map(lineOf),
      ...(begunAgain > 0 && !allowed.mayBeginAgain ? [`${begunAgain} replies began again`] : []),
      ...(counts.replies === 0 ? ["nobody said anything"] : []),
    ],
  };
}

function lineOf({ kind, client, sessionId, ids, detail }: Violation): string {
  return `${kind}: ${client ?? sessionId ?? ""} ${detail} [${ids.join(" ")}]`;
}

function reconnectsOf({ entries }: Journal): number {
  return entries.filter(({ kind }) => kind === "opened").length - 1;
}

/** From the first sending of a frame to its ack, also if it took several tries. */
function longestAckMs({ entries }: Journal): number {
  const sentAtMs = new Map<string, number>();
  let longest = 0;
  for (const entry of entries) {
    if (entry.kind === "sent" && !sentAtMs.has(entry.frame.id)) sentAtMs.set(entry.frame.id, entry.at);
    if (entry.kind !== "got" || entry.frame.type !== "ack") continue;
    longest = Math.max(longest, entry.at - (sentAtMs.get(entry.frame.id) ?? entry.at));
  }
  return longest;
}
