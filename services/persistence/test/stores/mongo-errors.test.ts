import { once } from "node:events";
import { inspect } from "node:util";
import { connect, createServer, type AddressInfo } from "node:net";
import { MongoBulkWriteError, MongoClient, MongoServerError } from "mongodb";
import { describe, expect, test } from "vitest";
import { StoreUnavailable } from "../../src/store/store.ts";
import { isOutOfTime, refusedAsDuplicates, translated } from "../../src/stores/mongo/mongo-errors.ts";

/** What Node says of a connection that the other end tears down. */
async function resetError(): Promise<unknown> {
  const server = createServer((socket) => socket.resetAndDestroy());
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [error] = (await once(socket, "error")) as [unknown];
  server.close();
  return error;
}

describe("an error of the driver", () => {
  test("that is the socket's own means that MongoDB cannot be used now", async () => {
    const error = await resetError();
    expect(error).toMatchObject({ code: "ECONNRESET" });
    await expect(translated(() => Promise.reject(error as Error))).rejects.toBeInstanceOf(StoreUnavailable);
  });

  test("of a bulk write that reached nobody does not mean that nothing was refused", async () => {
    const client = new MongoClient("mongodb://127.0.0.1:1/nowhere", { serverSelectionTimeoutMS: 200 });
    const write = (): Promise<unknown> =>
      client
        .db()
        .collection("messages")
        .bulkWrite([{ insertOne: { document: { text: "a" } } }], { ordered: false });
    // From the second time on the driver wraps what happened into an error of the bulk write, which names no operation.
    await expect(write()).rejects.toThrow(/ECONNREFUSED/);
    await expect(write()).rejects.toBeInstanceOf(MongoBulkWriteError);
    await expect(translated(() => refusedAsDuplicates(write))).rejects.toBeInstanceOf(StoreUnavailable);
    await client.close();
  });

  test("says whether a query took longer than it may", () => {
    expect(isOutOfTime(new MongoServerError({ message: "operation exceeded time limit", code: 50 }))).toBe(
      true,
    );
    expect(isOutOfTime(new MongoServerError({ message: "duplicate key", code: 11_000 }))).toBe(false);
    expect(isOutOfTime(new Error("operation exceeded time limit"))).toBe(false);
  });

  test.each([
    [11_000, "a refusal", Error],
    [91, "an outage", StoreUnavailable],
  ])("of the server is told without the values that it quotes: %i, %s", async (code, _kind, kind) => {
    const server = new MongoServerError({
      message: 'dup key: { _id: "secret-session user" }',
      code,
      codeName: "SomeCode",
      keyValue: { _id: "secret-session user" },
    });
    const error: unknown = await translated(() => Promise.reject(server)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(kind);
    expect(inspect(error)).not.toContain("secret-session");
    // Which error it was and where is told.
    expect(inspect(error)).toMatch(new RegExp(`MongoServerError ${code} SomeCode[^]*mongo-errors`));
  });

  test("about what is to be written stays what it is", async () => {
    const error = Object.assign(new RangeError("the document is too large"), { code: "ERR_OUT_OF_RANGE" });
    await expect(translated(() => Promise.reject(error))).rejects.toBe(error);
  });
});
