/** A broker, its log, and stores that record it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Connection, LogStreamOptions, SessionLog, WorkQueue } from "@natter/session-log";
import { operatorOf } from "@natter/session-log/testing";
import { consumers, encodeFrame, streamName, subjects, type LogEvent } from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import { openLog, startNatsServer, testStream, waitFor, type TestNatsServer } from "@natter/testing";
import { DeadLetters } from "../../src/recording/dead-letters.ts";
import { EpochGuard } from "../../src/recording/epoch-guard.ts";
import { Recorder } from "../../src/recording/recorder.ts";
import { openRecorderQueue } from "../../src/recording/recorder-queue.ts";
import type { Store } from "../../src/store/store.ts";
import { openSqlite } from "./open-stores.ts";

export const logger = createLogger("test", { level: "silent", instance: undefined });
export const stream: LogStreamOptions = { ...testStream, dedupeWindowSeconds: 60 };

type Closing = () => Promise<unknown>;

/** Everything that a test opened is closed, the last first. */
export class RecordedLog implements AsyncDisposable {
  readonly server: TestNatsServer;
  readonly folder: string;
  readonly #closing: Closing[] = [];
  #appended = 0;

  private constructor(server: TestNatsServer, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  static async open(): Promise<RecordedLog> {
    const folder = await mkdtemp(join(tmpdir(), "natter-recorder-"));
    const opened = new RecordedLog(await startNatsServer(), folder);
    opened.onClose(() => rm(folder, { recursive: true, force: true }));
    opened.onClose(() => opened.server.stop());
    return opened;
  }

  onClose(closing: Closing): void {
    this.#closing.unshift(closing);
  }

  /** Names the file that all stores of this log share. */
  get path(): string {
    return join(this.folder, "natter.db");
  }

  async openStore(): Promise<Store> {
    const store = await openSqlite(this.path);
    this.onClose(() => store.close());
    return store;
  }

  async openLog(): Promise<{ connection: Connection; log: SessionLog; queue: WorkQueue }> {
    const { connection, log } = await openLog(this.server, stream);
    this.onClose(() => connection.close());
    return { connection, log, queue: await openRecorderQueue(connection) };
  }

  /** A recorder with a connection of its own, as another process has one. */
  async startRecorder(store: Store): Promise<{ recorder: Recorder; log: SessionLog }> {
    const { connection, log, queue } = await this.openLog();
    const recorder = new Recorder({
      connection,
      log,
      queue,
      store,
      guard: new EpochGuard({ log, store, logger }),
      deadLetters: new DeadLetters({ store, logger }),
      logger,
      retentionMs: stream.maxAgeSeconds * 1_000,
    });
    await recorder.start();
    this.onClose(() => recorder.stop());
    return { recorder, log };
  }

  /** Appends as a gateway does. Resolves with the seq. */
  async append(log: SessionLog, sessionId: string, event: LogEvent | Uint8Array): Promise<number> {
    const bytes = event instanceof Uint8Array ? event : encodeFrame(event);
    this.#appended += 1;
    const { seq } = await log.append(sessionId, bytes, { eventId: `test${this.#appended}` });
    return seq;
  }

  /** Appends to a subject that no session has. */
  async appendRaw(connection: Connection, subject: string): Promise<void> {
    await connection.request(subjects.log(subject), encodeFrame({}), { timeoutMs: 5_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const closing of this.#closing) await closing();
  }
}

/** Resolves when everything up to `seq` is acknowledged. */
export async function waitForFloor(log: SessionLog, seq: number, timeoutMs = 15_000): Promise<void> {
  await waitFor(
    async () => {
      const info = await operatorOf(log)
        .consumers.info(streamName, consumers.recorder)
        .catch(() => undefined);
      return (info?.ack_floor.stream_seq ?? 0) >= seq;
    },
    { what: `the ack floor to reach ${seq}`, timeoutMs },
  );
}

/** A store of which single calls can be replaced. */
export function withFaults(store: Store, faults: Partial<Store>): Store {
  return { ...store, ...faults };
}
