/** Whether everybody saw everything, in one order. */
import { aiUser, comparePositions, positionKey, type LogEvent } from "@natter/protocol";
import type { Violation } from "./evidence.ts";
import { inOrder, keyOf, type SessionFacts } from "./session-facts.ts";

export function checkOrder(facts: SessionFacts): Violation[] {
  return [...checkHoles(facts), ...checkRepeats(facts), ...checkCaughtUp(facts)].map((violation) => ({
    ...violation,
    sessionId: facts.sessionId,
  }));
}

/** Nothing that somebody else saw, or that history has, lies where a client claims to have everything. */
function checkHoles(facts: SessionFacts): Violation[] {
  const all = new Map([...facts.events].map(([key, { event }]) => [key, event.id]));
  for (const { message, position } of facts.histories.flatMap(({ kept }) => kept))
    all.set(positionKey(position), message.id);
  const keys = [...all.keys()].sort();
  return facts.readers.flatMap(({ client, stretches }) =>
    stretches.flatMap(({ begin, end, seen }) => {
      const [from, to] = [positionKey(begin), positionKey(end)];
      const missing = keys.filter((key) => key > from && key <= to && !seen.has(key));
      if (missing.length === 0) return [];
      const ids = missing.slice(0, 10).map((key) => all.get(key) ?? "");
      const kind = "hole" as const;
      return [{ kind, client, ids, detail: `${missing.length} events missing between ${from} and ${to}` }];
    }),
  );
}

/** An event has one place. Only the attempts of a reply share an id. */
function checkRepeats(facts: SessionFacts): Violation[] {
  const places = Map.groupBy(inOrder(facts), ({ event }) =>
    event.type === "ai_start" ? `${event.id} ${event.attempt}` : `${event.type} ${event.id}`,
  );
  return [...places].flatMap(([, at]): Violation[] => {
    const [first] = at;
    // Two ends of one reply have a check of their own.
    if (!first || at.length === 1 || first.event.type === "ai_complete") return [];
    const seqs = at.map(({ position }) => position.seq).join(", ");
    return [{ kind: "duplicated", ids: [first.event.id], detail: `${first.event.type} at ${seqs}` }];
  });
}

/** After the drain everybody is where the log ends. */
function checkCaughtUp(facts: SessionFacts): Violation[] {
  // A title of the model's comes when it comes: nobody waits for it, and it may come to only some before they leave.
  const last = inOrder(facts).findLast(({ event }) => !isAutomaticTitle(event));
  if (!last) return [];
  return facts.readers.flatMap(({ client, stretches }): Violation[] => {
    const end = stretches.at(-1)?.end;
    const isBehind = !end || comparePositions(end, last.position) < 0;
    if (!isBehind) return [];
    const at = end ? positionKey(end) : "nowhere";
    return [
      { kind: "unfinished", client, ids: [last.event.id], detail: `is at ${at}, the end is ${keyOf(last)}` },
    ];
  });
}

function isAutomaticTitle(event: LogEvent): boolean {
  return event.type === "session_updated" && event.user.id === aiUser.id;
}
