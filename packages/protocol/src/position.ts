/** A place in the log. `seq` restarts when a stream is made anew; the epoch then is a later one. */
export interface Position {
  /** `<stream created, in ms>-<marker>` */
  readonly epoch: string;
  readonly seq: number;
}

const cursorPattern = /^(\d{1,15}-\d{1,12})\.(\d{1,16})$/;

/**
 * The two numbers of an epoch: when the stream was created, in ms, and the marker, which grows when the broker numbers events
 * anew. What is missing or no number is 0.
 */
export function parseEpoch(epoch: string): { readonly createdMs: number; readonly marker: number } {
  const [createdMs, marker] = epochNumbers(epoch);
  return { createdMs, marker };
}

/** Negative, zero or positive, as for `Array.prototype.sort`. Epochs are ordered by their two numbers. */
export function compareEpochs(left: string, right: string): number {
  if (left === right) return 0;
  const [leftCreated, leftMarker] = epochNumbers(left);
  const [rightCreated, rightMarker] = epochNumbers(right);
  return leftCreated - rightCreated || leftMarker - rightMarker;
}

/** The order of history. */
export function comparePositions(left: Position, right: Position): number {
  return compareEpochs(left.epoch, right.epoch) || left.seq - right.seq;
}

const keyPattern = /^0*(\d+)-0*(\d+)\.0*(\d+)$/;

/** Number of characters of every `positionKey`. */
export const positionKeyLength = 45;

/** A text whose alphabetical order is the order of positions, for indexes. */
export function positionKey(position: Position): string {
  const [created, marker] = epochNumbers(position.epoch);
  return `${pad(created, 15)}-${pad(marker, 12)}.${pad(position.seq, 16)}`;
}

/** The position that `positionKey` was given; `undefined` if `key` is not such a text. */
export function parsePositionKey(key: string): Position | undefined {
  const [, created, marker, seq] = keyPattern.exec(key) ?? [];
  if (key.length !== positionKeyLength || created === undefined || marker === undefined) return undefined;
  return { epoch: `${created}-${marker}`, seq: Number(seq) };
}

export function formatCursor(position: Position): string {
  return `${position.epoch}.${position.seq}`;
}

/** `undefined` if `text` is not a cursor. */
export function parseCursor(text: string): Position | undefined {
  const [, epoch, digits] = cursorPattern.exec(text) ?? [];
  const seq = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(seq) ? { epoch, seq } : undefined;
}

function epochNumbers(epoch: string): [created: number, marker: number] {
  const [created, marker] = epoch.split("-");
  return [Number(created) || 0, Number(marker) || 0];
}

function pad(value: number, width: number): string {
  return String(value).padStart(width, "0");
}
