/**
 * Values that are merged by comparing texts. A register is its position's key followed by its value as JSON,
 * so "the latest one counts" is the larger of two texts and "the first one counts" the smaller: both stores
 * can do that in one statement, in any order and as often as it comes.
 */
import { parsePositionKey, positionKey, positionKeyLength, type Position } from "@natter/protocol/plain";

export const keyLength: number = positionKeyLength;
/** Larger than every key: stands for "not seen yet" where the smallest counts. */
export const noKey = "~";

/** The position that a text begins with, which `positionKey` made. */
export function positionOfKey(key: string): Position {
  const position = parsePositionKey(key.slice(0, keyLength));
  if (!position) throw new Error("the store holds a position that is none");
  return position;
}

/** A register's text. */
export function toEntry(position: Position, value: unknown): string {
  return positionKey(position) + JSON.stringify(value);
}

/** What `toEntry` was given. */
export function readEntry(entry: string): { readonly position: Position; readonly value: unknown } {
  return { position: positionOfKey(entry), value: JSON.parse(entry.slice(keyLength)) as unknown };
}

export function larger(left: string | undefined, right: string): string {
  return left === undefined || left < right ? right : left;
}

export function smaller(left: string | undefined, right: string): string {
  return left === undefined || left > right ? right : left;
}

/**
 * Ranks the claims of a prompt: of two attempts the higher, of two claims of one attempt the earlier. The
 * digits of the position are turned round, so here, too, the larger text counts.
 */
export function toStartEntry(position: Position, start: { attempt: number; claim: string }): string {
  const turned = positionKey(position).replaceAll(/\d/g, (digit) => String(9 - Number(digit)));
  return `${String(start.attempt).padStart(10, "0")}.${turned}${JSON.stringify(start.claim)}`;
}

export function readStartEntry(entry: string): { readonly attempt: number; readonly claim: string } {
  return { attempt: Number(entry.slice(0, 10)), claim: JSON.parse(entry.slice(11 + keyLength)) as string };
}
