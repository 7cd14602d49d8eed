/**
 * Records what a batch of events says. A database without transactions may have kept only a part of it: each write may come
 * twice, in any order and beside those of another process, and a batch that was cut short is completed when it comes again.
 *
 * A message and an edit of it may come to two processes at the same time. Each process puts its own part first and
 * only then reads the other's (`refreshTexts`), so at least one of the two sees both.
 */
import { foldRegisters } from "../reading/message-folding.ts";
import { ngramsOf } from "../search/ngrams.ts";
import { factsOf, textSlots, type Facts } from "../store/facts.ts";
import { keyLength, readEntry } from "../store/position-keys.ts";
import type { MessageRow, RegisterKey } from "../store/rows.ts";
import type { RowWriter, StoreAdapter } from "../store/store-adapter.ts";
import type { RecordedEvent } from "../store/store.ts";
import { deletedMessage, withoutContent, type LogEvent } from "@natter/protocol";

/** @throws PositionTaken */
export async function recordEvents(adapter: StoreAdapter, events: readonly RecordedEvent[]): Promise<void> {
  if (events.length === 0) return;
  const facts = factsOf(events);
  await adapter.write((rows) => putFacts(rows, facts));
}

async function putFacts(rows: RowWriter, facts: Facts): Promise<void> {
  await Promise.all([
    rows.registers.put(facts.registers),
    rows.messages.put(
      facts.messages.map((message) => ({ message, ngrams: ngramsOf(message.frame.message) })),
    ),
  ]);
  await refreshTexts(rows, facts);
  await Promise.all([
    rows.sessions.put(facts),
    rows.prompts.put(facts),
    rows.ledger.putReceipts(facts.receipts),
  ]);
  // After all that may have to be removed: a purge that runs meanwhile will be repeated.
  await rows.ledger.putDeletions(facts);
  await rows.ledger.putLastPosition(facts.lastPosition);
}

/** Applies edits and deletions to the messages of the batch, and those of the batch to messages that were there. */
async function refreshTexts(rows: RowWriter, facts: Facts): Promise<void> {
  const targets = new Set(
    facts.registers.filter(({ changesText }) => changesText).map(({ target }) => target),
  );
  const ofMessages = facts.messages.flatMap(({ sessionId, id, userId }) => textKeys(sessionId, id, userId));
  if (ofMessages.length > 0) {
    for (const { target } of await rows.registers.byKeys(ofMessages)) targets.add(target);
  }
  if (targets.size === 0) return;
  const amended = await rows.messages.byIds([...targets]);
  const registers = await rows.registers.byKeys(amended.flatMap(keysOf));
  const byTarget = Map.groupBy(registers, ({ target }) => target);
  for (const row of amended) {
    const own = byTarget.get(row.id)?.map(({ register }) => register) ?? [];
    await refreshText(rows, row, own);
  }
}

/** @param registers the author's edit and deletion of the message */
async function refreshText(rows: RowWriter, row: MessageRow, registers: readonly string[]): Promise<void> {
  const [message] = foldRegisters([row], registers);
  const [edit] = keysOf(row);
  if (message !== undefined && message.deletedAt === undefined) {
    const position = message.editedAt === undefined ? row.position : positionOfEdit(registers, row);
    await rows.messages.putText({ row, position, ngrams: ngramsOf(message.message) });
  } else if (edit) {
    await rows.messages.clear({ ...row, frame: withoutContent(row.frame) });
    await rows.registers.remove(edit);
  }
}

function positionOfEdit(registers: readonly string[], { position }: MessageRow): string {
  return registers.find(isEdit)?.slice(0, keyLength) ?? position;
}

function isEdit(register: string): boolean {
  return deletedMessage(readEntry(register).value as LogEvent) === undefined;
}

function keysOf({ sessionId, id, frame }: MessageRow): RegisterKey[] {
  return textKeys(sessionId, id, frame.user.id);
}

/** The registers that decide about a message's text: its author's edit, then the author's deletion. */
function textKeys(sessionId: string, target: string, userId: string): RegisterKey[] {
  const { edit, deletion } = textSlots(userId);
  return [edit, deletion].map((slot) => ({ sessionId, target, slot }));
}
