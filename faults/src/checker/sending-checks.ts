/** Whether what was acknowledged is there, once, where it was said to be. */
import type { Violation } from "./evidence.ts";
import type { Intent, SessionFacts } from "./session-facts.ts";

export function checkSending(facts: SessionFacts): Violation[] {
  const intents = [...facts.intents.values()];
  return [
    ...intents.flatMap((intent) => [
      ...checkAnswers(intent),
      ...checkIsKept(intent, facts),
      ...checkEvent(intent, facts),
    ]),
    ...checkSenderOrder(intents),
  ].map((violation) => ({ ...violation, sessionId: facts.sessionId }));
}

function checkAnswers({ acks, errors, client, clientId, frame }: Intent): Violation[] {
  const found: Violation[] = [];
  const first = acks[0]?.ack;
  const other = acks.find(({ ack }) => ack.messageId !== first?.messageId || ack.seq !== first?.seq)?.ack;
  if (first && other)
    found.push({
      kind: "untrue ack",
      client,
      ids: [clientId],
      detail: `first ${first.messageId} at ${first.seq}, then ${other.messageId} at ${other.seq}`,
    });
  // "full" passes when somebody has made room, so the intent has to be acknowledged in the end.
  const refusal = errors.find(({ temporary, code }) => !temporary && code !== "full");
  if (refusal)
    found.push({ kind: "refused", client, ids: [clientId], detail: `${frame.type}: ${refusal.code}` });
  if (!first && !refusal)
    found.push({ kind: "unfinished", client, ids: [clientId], detail: `${frame.type} was never answered` });
  return found;
}

/** An acknowledged message is in every history, with its id. */
function checkIsKept({ acks, client, clientId, frame }: Intent, facts: SessionFacts): Violation[] {
  const first = acks[0]?.ack;
  if (!first || frame.type !== "message") return [];
  return facts.histories.flatMap(({ gateway, kept }): Violation[] => {
    const there = kept.find(({ message }) => message.id === first.messageId);
    const ids = [clientId, first.messageId ?? ""];
    if (!there)
      return [{ kind: "lost", client, ids, detail: `acked at ${first.seq}, not in history of ${gateway}` }];
    return there.position.seq === first.seq
      ? []
      : [{ kind: "untrue ack", client, ids, detail: `acked at ${first.seq}, kept at ${there.position.seq}` }];
  });
}

/** Every acknowledged intent is an event, and one event only. */
function checkEvent({ acks, client, clientId, frame }: Intent, facts: SessionFacts): Violation[] {
  const first = acks[0]?.ack;
  const places = [...facts.events.values()].filter(({ event }) => event.clientId === clientId);
  const ids = [clientId, ...places.map(({ event }) => event.id)];
  if (places.length > 1)
    return [
      { kind: "duplicated", client, ids, detail: `at ${places.map((at) => at.position.seq).join(", ")}` },
    ];
  if (!first || frame.type === "read_receipt") return [];
  const [place] = places;
  if (!place) {
    // Those who were told that they missed something may all have missed this one.
    const isUnseen = facts.readers.every(({ stretches }) =>
      stretches.every(({ begin, end }) => first.seq <= begin.seq || first.seq > end.seq),
    );
    return isUnseen
      ? []
      : [{ kind: "lost", client, ids, detail: `${frame.type} acked at ${first.seq}, and nobody saw it` }];
  }
  if (place.event.id === first.messageId && place.position.seq === first.seq) return [];
  return [
    {
      kind: "untrue ack",
      client,
      ids,
      detail: `acked as ${first.messageId} at ${first.seq}, seen as ${place.event.id} at ${place.position.seq}`,
    },
  ];
}

/** What one client sent after an ack is after what was acked; so is what it sent later on the same socket. */
function checkSenderOrder(intents: readonly Intent[]): Violation[] {
  const found: Violation[] = [];
  const byClient = Map.groupBy(intents, ({ client }) => client);
  for (const [client, own] of byClient) {
    let acked: Intent | undefined;
    let once: Intent | undefined;
    for (const intent of own.filter(({ acks }) => acks.length > 0)) {
      for (const before of [acked, once]) {
        if (before && isBefore(before, intent) && seqOf(before) > seqOf(intent))
          found.push({
            kind: "reordered",
            client,
            ids: [before.clientId, intent.clientId],
            detail: `sent in this order, stored at ${seqOf(before)} and ${seqOf(intent)}`,
          });
      }
      acked = later(acked, intent);
      if (intent.tries.length === 1) once = later(once, intent);
    }
  }
  return found;
}

/** Of two that were stored the later one: if the next one is after it, it is after the other, too. */
function later(left: Intent | undefined, right: Intent): Intent {
  return left && seqOf(left) > seqOf(right) ? left : right;
}

function isBefore(before: Intent, intent: Intent): boolean {
  const sentIndex = intent.tries[0]?.index ?? 0;
  const ackedIndex = before.acks[0]?.index ?? Number.POSITIVE_INFINITY;
  if (ackedIndex < sentIndex) return true;
  const isPlain = before.tries.length === 1 && before.errors.length === 0;
  return isPlain && before.tries[0]?.connection === intent.tries[0]?.connection;
}

function seqOf({ acks }: Intent): number {
  return acks[0]?.ack.seq ?? 0;
}
