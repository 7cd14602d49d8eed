import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { StoreClient } from "@natter/session-log";
import { limits, timings } from "@natter/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newScope, TestLog } from "../support/events.ts";
import { heavySession, hiddenWord } from "../support/heavy-session.ts";
import { RecordedLog } from "../support/recorded-log.ts";

const program = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const users = Array.from({ length: 10 }, () => ({ id: newScope(), name: "x" }));
const stopMs = 5_000;

type Opened = Awaited<ReturnType<RecordedLog["openLog"]>>;

describe("a process that is asked for many heavy searches", () => {
  let recorded: RecordedLog;
  let log: Opened["log"];
  let client: StoreClient;
  let persistence: ChildProcess;

  beforeAll(async () => {
    recorded = await RecordedLog.open();
    const store = await recorded.openStore();
    const heavy = heavySession({ id: newScope(), name: "x" }, 400);
    for (const [n, user] of users.entries()) heavy.message(`joined${n}`, "here", user);
    await store.record(heavy.events);
    const opened = await recorded.openLog();
    log = opened.log;
    client = new StoreClient(opened.connection);
    persistence = spawn(process.execPath, [program], {
      env: {
        PATH: process.env["PATH"],
        NATS_URL: recorded.server.url,
        STORE_URL: `sqlite://${recorded.path}`,
        NATTER_LOG_LEVEL: "error",
      },
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    recorded.onClose(async () => persistence.kill("SIGKILL"));
    await once(persistence, "message");
  });

  afterAll(() => recorded[Symbol.asyncDispose]());

  /** As many as one page asks for while somebody types, of ten people. Resolves with how many were answered. */
  async function searchAll(): Promise<number> {
    const searches = users.flatMap(({ id: userId }) =>
      [1, 2, 3, 4].map(() => client.ask("search", { userId, query: hiddenWord, limit: limits.searchHits })),
    );
    const outcomes = await Promise.allSettled(searches);
    return outcomes.filter(({ status }) => status === "fulfilled").length;
  }

  test("records and answers everything else meanwhile, and the search of somebody else", async () => {
    const me = { id: newScope(), name: "x" };
    const searches = searchAll();
    const session = new TestLog();
    const { sessionId } = session;
    let last = 0;
    for (let n = 0; n < 10; n++) {
      const { event } = session.message(`m${n}`, "word", me);
      last = await recorded.append(log, sessionId, event);
      // Each is answered in the time that a gateway waits for it, or rejects.
      await client.ask("history", { sessionId, limit: 20 });
      await client.ask("receipt", { eventId: event.id });
    }
    await expect
      .poll(async () => (await client.ask("history", { sessionId, limit: 20 })).appliedSeq, {
        timeout: 2 * timings.storeMs,
      })
      .toBeGreaterThanOrEqual(last);
    expect(await searches).toBeGreaterThan(0);
    const answer = await client.ask("search", { userId: me.id, query: "word", limit: 20 });
    expect(answer).toMatchObject({ truncated: false });
    expect(answer.hits).toHaveLength(10);
  });

  test(`stops within ${stopMs} ms while searches run`, async () => {
    const searches = searchAll();
    await client.ask("history", { sessionId: "any", limit: 1 });
    const startedMs = performance.now();
    persistence.kill("SIGTERM");
    const [code] = (await once(persistence, "exit")) as [number | null];
    expect(performance.now() - startedMs).toBeLessThan(stopMs);
    expect(code).toBe(0);
    await searches;
  });
});
