import { StoreUnavailable } from "../../../store/store.ts";

const busyCode = 5;
/** SQLite's primary result codes for "not now" or "not on this disk": busy, locked, no memory, read-only, I/O, corrupt, full, cannot open, not a database. */
const unavailableCodes: ReadonlySet<number> = new Set([5, 6, 7, 8, 10, 11, 13, 14, 26]);

/** @throws StoreUnavailable instead of an error of SQLite that says "not now" */
export function translated<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    return throwTranslated(error);
  }
}

export function throwTranslated(error: unknown): never {
  const code = primaryCodeOf(error);
  if (code !== undefined && unavailableCodes.has(code)) {
    throw new StoreUnavailable("SQLite cannot be used now", { cause: error });
  }
  if ((error as { code?: unknown }).code === "ERR_INVALID_STATE") {
    throw new StoreUnavailable("the SQLite file is closed", { cause: error });
  }
  throw error;
}

/** Another process writes to the file now. */
export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === busyCode;
}

/** SQLite's result code without its details. */
function primaryCodeOf(error: unknown): number | undefined {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === "number" ? code & 0xff : undefined;
}
