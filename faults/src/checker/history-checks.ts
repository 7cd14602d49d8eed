/** Whether history is what was sent, with what was later done to it, once, in the order of the log. */
import type { LogEventOf } from "@natter/protocol";
import type { Violation } from "./evidence.ts";
import { inOrder, keyOf, type Kept, type SessionFacts } from "./session-facts.ts";

export function checkHistory(facts: SessionFacts): Violation[] {
  const found = facts.histories.flatMap(({ gateway, kept }) =>
    [...checkOnce(kept), ...checkPlaces(kept, facts), ...checkContent(kept, facts)].map((violation) => ({
      ...violation,
      detail: `history of ${gateway}: ${violation.detail}`,
    })),
  );
  return [...found, ...checkAgreement(facts)].map((violation) => ({
    ...violation,
    sessionId: facts.sessionId,
  }));
}

function checkOnce(kept: readonly Kept[]): Violation[] {
  const names: readonly ((kept: Kept) => string | undefined)[] = [
    ({ message }) => message.id,
    ({ message }) => message.clientId,
    keyOf,
  ];
  return names.flatMap((nameOf) =>
    [...Map.groupBy(kept, nameOf)].flatMap(([name, same]): Violation[] =>
      name === undefined || same.length === 1
        ? []
        : [
            {
              kind: "duplicated",
              ids: [name, ...same.map(({ message }) => message.id)],
              detail: `${same.length} times`,
            },
          ],
    ),
  );
}

function checkPlaces(kept: readonly Kept[], facts: SessionFacts): Violation[] {
  const found: Violation[] = [];
  for (const [index, one] of kept.entries()) {
    const before = kept[index - 1];
    if (before && keyOf(before) > keyOf(one))
      found.push({ kind: "reordered", ids: [before.message.id, one.message.id], detail: "not ascending" });
    const live = facts.events.get(keyOf(one));
    if (live && live.event.id !== one.message.id)
      found.push({
        kind: "reordered",
        ids: [live.event.id, one.message.id],
        detail: `at ${one.position.seq} is another event than the one that was seen live`,
      });
  }
  return found;
}

/** Each person's message is what its sender sent, as its author's last edit or deletion left it. */
function checkContent(kept: readonly Kept[], facts: SessionFacts): Violation[] {
  const edits = new Map<string, LogEventOf<"message_edited">>();
  const deletions = new Set<string>();
  for (const { event } of inOrder(facts)) {
    if (event.type === "message_edited") edits.set(author(event), event);
    else if (event.type === "message_deleted") deletions.add(author(event));
  }
  return kept.flatMap(({ message }): Violation[] => {
    if (message.type !== "message") return [];
    const intent = facts.intents.get(message.clientId ?? "");
    const ids = [message.id, message.clientId ?? ""];
    if (intent?.frame.type !== "message")
      return [{ kind: "invented", ids, detail: "a message that nobody sent" }];
    const own = author({ messageId: message.id, user: message.user });
    const text = deletions.has(own) ? "" : (edits.get(own)?.message ?? intent.frame.message);
    if (message.message === text) return [];
    return [{ kind: "invented", ids, detail: `says "${brief(message.message)}" and not "${brief(text)}"` }];
  });
}

function author(event: { messageId: string; user: { id: string } }): string {
  return `${event.messageId} ${event.user.id}`;
}

function checkAgreement({ histories }: SessionFacts): Violation[] {
  const [first, ...others] = histories.map(({ gateway, kept }) => ({
    gateway,
    text: JSON.stringify(kept.map(({ message }) => message)),
  }));
  return others
    .filter(({ text }) => text !== first?.text)
    .map(({ gateway }) => ({
      kind: "reordered" as const,
      ids: [],
      detail: `histories of ${first?.gateway} and ${gateway} differ`,
    }));
}

export function brief(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
