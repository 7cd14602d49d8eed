/** What the pure folds of packages/protocol make of a log: what every store has to say, too. */
import {
  applyToPrompts,
  applyToTimeline,
  comparePositions,
  createPromptState,
  createTimeline,
  foldDetails,
  foldReadMarks,
  messagesOf,
  openPrompts,
  type PageMessage,
  type Prompt,
  type ReadMark,
  type SessionDetails,
} from "@natter/protocol";
import type { RecordedEvent } from "../../src/store/store.ts";

export interface FoldedSession {
  readonly messages: PageMessage[];
  readonly prompts: Prompt[];
  readonly details: SessionDetails;
  readonly readMarks: ReadMark[];
}

export function foldSession(events: readonly RecordedEvent[], reader?: string): FoldedSession {
  const sorted = events.toSorted((left, right) => comparePositions(left.position, right.position));
  const { firstAuthor } = foldDetails(
    {},
    sorted.map(({ event }) => event),
  );
  const timeline = createTimeline(reader);
  const prompts = createPromptState();
  const honoured = sorted.filter(
    ({ event }) => event.type !== "session_deleted" || event.user.id === firstAuthor,
  );
  for (const { event, position } of honoured) {
    applyToTimeline(timeline, { ...event, epoch: position.epoch }, position);
  }
  for (const { event, position } of sorted) applyToPrompts(prompts, event, position);
  return {
    messages: messagesOf(timeline),
    prompts: openPrompts(prompts),
    details: foldDetails(
      firstAuthor === undefined ? {} : { firstAuthor },
      // Of two events with one id the first counts.
      honoured
        .filter(({ event: { id } }, index) => honoured.findIndex(({ event }) => event.id === id) === index)
        .map(({ event }) => event),
    ),
    readMarks: foldReadMarks(
      [],
      honoured.map(({ event }) => event),
    ),
  };
}
