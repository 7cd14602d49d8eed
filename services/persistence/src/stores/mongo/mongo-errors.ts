import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
  MongoSystemError,
  MongoTopologyClosedError,
  MongoWriteConcernError,
} from "mongodb";
import { StoreUnavailable } from "../../store/store.ts";

export const duplicateKey = 11_000;
const outOfTime = 50;
const noSuchIndex = 27;

/**
 * The server's own trouble, by its codes: it is shutting down, not or no longer primary, out of time, of disk
 * or of resources, or refuses our user. What is not listed here is taken to be about the document.
 */
const unavailableCodes: ReadonlySet<number> = new Set([
  6, 7, 13, 18, 24, 43, 46, 50, 63, 64, 89, 91, 100, 112, 133, 134, 136, 150, 175, 189, 202, 211, 234, 262,
  317, 358, 384, 462, 8000, 9001, 10_107, 11_600, 11_602, 13_388, 13_435, 13_436, 14_031,
]);

const retryLabels = [
  "RetryableWriteError",
  "TransientTransactionError",
  "ResetPool",
  "SystemOverloadedError",
] as const;

/**
 * Runs `work`; the driver's errors that a later try may not see become StoreUnavailable. Whatever the server says may quote a
 * key, which has a session's id in it, or what somebody wrote: none of its words come out of here.
 */
export async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const cause = withoutQuotes(error);
    if (isUnavailable(error)) throw new StoreUnavailable("MongoDB cannot be used now", { cause });
    throw cause;
  }
}

/** Which error of the server it was, and where; others are as they are. */
function withoutQuotes(error: unknown): unknown {
  if (!(error instanceof MongoServerError)) return error;
  // What such a one wraps is of the connection, and quotes nothing.
  if (error instanceof MongoBulkWriteError && writeErrorCodes(error).length === 0) return error;
  const { name, code, codeName, stack = "" } = error;
  const said = [name, code, codeName].filter((part) => part !== undefined).join(" ");
  const frames = stack.split("\n").filter((line) => line.startsWith("    at "));
  return Object.assign(new Error(said), { name, code, stack: [said, ...frames].join("\n") });
}

function isUnavailable(error: unknown): boolean {
  // The driver lets some failures of its sockets through as they are.
  if (isOfSystem(error)) return true;
  if (!(error instanceof MongoError)) return false;
  const isOfConnection =
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    error instanceof MongoSystemError ||
    error instanceof MongoNotConnectedError ||
    error instanceof MongoTopologyClosedError ||
    error instanceof MongoOperationTimeoutError ||
    error instanceof MongoWriteConcernError ||
    // Not exported as classes, or only of the pool.
    /^Mongo(WaitQueueTimeout|PoolCleared|PoolClosed|ClientClosed|ServerClosed|ExpiredSession)/.test(
      error.name,
    );
  if (isOfConnection || retryLabels.some((label) => error.hasErrorLabel(label))) return true;
  if (error instanceof MongoBulkWriteError) {
    const codes = writeErrorCodes(error);
    return (
      // It names no operation that was refused: what it wraps happened on the way, and nobody knows what was written.
      codes.length === 0 ||
      error.result.getWriteConcernError() !== undefined ||
      codes.some((code) => unavailableCodes.has(code))
    );
  }
  return error instanceof MongoServerError && unavailableCodes.has(Number(error.code));
}

/** Whether the server ended a query because it took longer than the query's `maxTimeMS`. */
export function isOutOfTime(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === outOfTime;
}

export function isNoSuchIndex(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === noSuchIndex;
}

/** Whether the operating system said it, for example ECONNRESET. Such a thing is never about a document. */
function isOfSystem(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && typeof error.syscall === "string";
}

function writeErrorCodes(error: MongoBulkWriteError): number[] {
  return error.result.getWriteErrors().map(({ code }) => code);
}

/**
 * Runs an unordered bulk write; resolves with the indexes of the operations that were refused because of a
 * key that exists already.
 */
export async function refusedAsDuplicates(write: () => Promise<unknown>): Promise<number[]> {
  try {
    await write();
    return [];
  } catch (error) {
    if (!(error instanceof MongoBulkWriteError) || isUnavailable(error)) throw error;
    const refused = error.result.getWriteErrors();
    if (refused.some(({ code }) => code !== duplicateKey)) throw error;
    return refused.map(({ index }) => index);
  }
}
