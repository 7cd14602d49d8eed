import { withdrawalTarget, withdrawalTargetsOf, type Prompt } from "@natter/protocol";
import { keyLength, larger, readEntry, readStartEntry } from "../store/position-keys.ts";
import type { PromptRow, WithdrawalRow } from "../store/rows.ts";
import type { RowReader } from "../store/store-adapter.ts";

/** Earliest first. */
export async function readOpenPrompts(rows: RowReader, sessionId: string): Promise<Prompt[]> {
  const prompts = await rows.prompts.open(sessionId);
  const [earliest] = prompts;
  if (!earliest) return [];
  // Only what is about one of the prompts: a session can have any number of withdrawals of other things.
  const targets = [...new Set(prompts.flatMap((row) => withdrawalTargetsOf(askedOf(row))))];
  const withdrawals = await rows.prompts.withdrawals(sessionId, targets, earliest.asked.slice(0, keyLength));
  return toPrompts(prompts, withdrawals);
}

function toPrompts(rows: readonly PromptRow[], withdrawals: readonly WithdrawalRow[]): Prompt[] {
  const latest = new Map<string, string>();
  for (const { target, position } of withdrawals) latest.set(target, larger(latest.get(target), position));
  return rows.map((row) => {
    const asked = askedOf(row);
    const askedKey = row.asked.slice(0, keyLength);
    const start = row.start === "" ? undefined : readStartEntry(row.start);
    const isWithdrawn = (target: string): boolean => (latest.get(target) ?? "") > askedKey;
    return {
      ...asked,
      attempt: start?.attempt ?? 0,
      ...(start ? { claim: start.claim } : {}),
      closed: withdrawalTargetsOf(asked).some(isWithdrawn),
      ...(isWithdrawn(withdrawalTarget({})) ? { deleted: true } : {}),
    };
  });
}

function askedOf(row: PromptRow): Pick<Prompt, "promptId" | "messageId" | "position"> {
  const { position, value } = readEntry(row.asked);
  return { promptId: row.promptId, messageId: value as string, position };
}
