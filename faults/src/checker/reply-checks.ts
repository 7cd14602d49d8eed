/** Whether every prompt has one end, and the right one. */
import { promptedMessage, type LogEventOf } from "@natter/protocol";
import { expectedAnswer } from "./expected-answer.ts";
import type { Violation } from "./evidence.ts";
import { brief } from "./history-checks.ts";
import { inOrder, keyOf, type SessionFacts } from "./session-facts.ts";

type Complete = LogEventOf<"ai_complete">;

export function checkReplies(facts: SessionFacts): Violation[] {
  const ends = gatherEnds(facts);
  return [...checkEnds(facts, ends), ...checkAnswers(facts, ends)].map((violation) => ({
    ...violation,
    sessionId: facts.sessionId,
  }));
}

/** The ends of each prompt, by their places, from what was seen live and from history. */
function gatherEnds(facts: SessionFacts): Map<string, Map<string, Complete[]>> {
  const ends = new Map<string, Map<string, Complete[]>>();
  const add = (key: string, end: Complete): void => {
    const places = ends.get(end.promptId) ?? new Map<string, Complete[]>();
    ends.set(end.promptId, places);
    places.set(key, [...(places.get(key) ?? []), end]);
  };
  for (const { event, position } of facts.events.values())
    if (event.type === "ai_complete") add(keyOf({ position }), event);
  for (const { message, position } of facts.histories.flatMap(({ kept }) => kept))
    if (message.type === "ai_complete" && message.deletedAt === undefined) add(keyOf({ position }), message);
  return ends;
}

function checkEnds(facts: SessionFacts, ends: ReadonlyMap<string, Map<string, Complete[]>>): Violation[] {
  const found: Violation[] = [];
  const prompts = promptsOf(facts);
  for (const { promptId, type } of prompts) {
    const places = ends.get(promptId);
    if (!places) found.push({ kind: "unfinished", ids: [promptId], detail: `a ${type} without an answer` });
  }
  for (const [promptId, places] of ends) {
    if (places.size > 1)
      found.push({ kind: "answered twice", ids: [promptId], detail: `at ${[...places.keys()].join(", ")}` });
    const told = new Set([...places.values()].flat().map(essence));
    if (told.size > 1)
      found.push({ kind: "end changed", ids: [promptId], detail: [...told].map(brief).join(" / ") });
    for (const { kept, gateway } of facts.histories) {
      if (!kept.some(({ message }) => message.type === "ai_complete" && message.promptId === promptId))
        found.push({ kind: "lost", ids: [promptId], detail: `its answer is not in history of ${gateway}` });
    }
  }
  return found;
}

function promptsOf(facts: SessionFacts): { promptId: string; type: string }[] {
  const seen = inOrder(facts).flatMap(({ event }) =>
    promptedMessage(event) === undefined ? [] : [{ promptId: event.id, type: event.type }],
  );
  const kept = facts.histories
    .flatMap((history) => history.kept)
    .filter(({ message }) => message.type === "message" && message.is_user)
    .map(({ message }) => ({ promptId: message.id, type: message.type }));
  return [...new Map([...seen, ...kept].map((prompt) => [prompt.promptId, prompt])).values()];
}

function essence({ message, finishReason, error, attempt, chunks }: Complete): string {
  return JSON.stringify({ finishReason, attempt, chunks, error, message });
}

/** What the model was told to say is what the answer says, unless the answer admits that it is not all. */
function checkAnswers(facts: SessionFacts, ends: ReadonlyMap<string, Map<string, Complete[]>>): Violation[] {
  const edited = new Set(
    [...facts.events.values()].flatMap(({ event }) =>
      event.type === "message_edited" ? [event.messageId] : [],
    ),
  );
  const asked = new Map(
    [...facts.intents.values()].flatMap(({ acks, frame }) =>
      frame.type === "message" ? acks.map(({ ack }) => [ack.messageId ?? "", frame.message]) : [],
    ),
  );
  const found: Violation[] = [];
  for (const end of [...ends.values()].flatMap((places) => [...places.values()].map(([first]) => first))) {
    const text = end && asked.get(end.messageId);
    if (!end || text === undefined || edited.has(end.messageId)) continue;
    const expected = expectedAnswer(text);
    const isDone = end.finishReason === "stop" || end.finishReason === "length";
    if (isDone && expected.text !== undefined && end.message !== expected.text)
      found.push({
        kind: "wrong answer",
        ids: [end.id],
        detail: `"${brief(end.message)}" to "${brief(text)}"`,
      });
    // Only what a provider is told to refuse is refused: the rest passes, or is broken by a fault.
    if (end.error?.code === "refused" && !expected.fails)
      found.push({
        kind: "wrong answer",
        ids: [end.id],
        detail: `refused, though it is right: "${brief(text)}"`,
      });
    if (isDone && expected.fails)
      found.push({
        kind: "wrong answer",
        ids: [end.id],
        detail: `finished, though it failed: "${brief(text)}"`,
      });
  }
  return found;
}
