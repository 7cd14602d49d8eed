/** A broker, a model's provider and workers, all real, and a hand to write the log with. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Connection, SessionLog } from "@natter/session-log";
import {
  applyToPrompts,
  createPromptState,
  decodeObject,
  encodeFrame,
  openPrompts,
  subjects,
  type LogEvent,
  type LogEventOf,
  type ServerFrameOf,
} from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import { startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { createApp } from "../src/app.ts";
import { readConfig, type Config } from "../src/config.ts";
import type { ReplyTimings } from "../src/prompts/reply-timings.ts";

/** A tenth of the real ones, and a tick and a wait that a busy machine can keep. */
export const quickTimings: ReplyTimings = Object.freeze({
  ackWaitMs: 2_000,
  tickMs: 500,
  nakMs: 300,
  questionMs: 200,
  absenceMs: 600,
  silenceMs: 2_000,
  releaseMs: 3_000,
});

type Draft = LogEvent extends infer E
  ? E extends LogEvent
    ? Omit<E, "id" | "user" | "sentAt"> & { user?: { id: string; name: string } }
    : never
  : never;

export interface DemoRequest {
  readonly lastUserMessage: string;
  readonly sentTokens: number;
  readonly outcome: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

export interface LoggedEvent {
  readonly event: LogEvent;
  readonly seq: number;
}

const logger = createLogger("stage", { level: "silent", instance: undefined });
const stream = { replicas: 1, maxAgeSeconds: 3_600, maxBytes: -1, dedupeWindowSeconds: 120 };
const demoModel = fileURLToPath(new URL("../../../apps/demo-model/src/main.ts", import.meta.url));
const persistence = fileURLToPath(new URL("../../persistence/src/main.ts", import.meta.url));
const worker = fileURLToPath(new URL("worker-process.ts", import.meta.url));

export class Stage {
  readonly nats: TestNatsServer;
  readonly log: SessionLog;
  readonly connection: Connection;
  readonly modelUrl: string;
  readonly #children: ChildProcess[];
  readonly #apps = new Set<{ stop(): Promise<void> }>();

  private constructor(parts: {
    nats: TestNatsServer;
    log: SessionLog;
    connection: Connection;
    modelUrl: string;
    demo: ChildProcess;
  }) {
    this.nats = parts.nats;
    this.log = parts.log;
    this.connection = parts.connection;
    this.modelUrl = parts.modelUrl;
    this.#children = [parts.demo];
  }

  static async open(): Promise<Stage> {
    const nats = await startNatsServer();
    const demo = run(demoModel, { PORT: "0" });
    const [connection, modelUrl] = await Promise.all([
      Connection.open({ url: nats.url, name: "stage", logger }),
      untilReady(demo),
    ]);
    const log = await SessionLog.open(connection, stream, logger);
    return new Stage({ nats, log, connection, modelUrl, demo });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apps].map((app) => app.stop()));
    for (const child of this.#children) child.kill("SIGKILL");
    await this.connection.close();
    await this.nats.stop();
  }

  config(over: Readonly<Record<string, string>> = {}): Config {
    const config = readConfig({ ...this.#variables(), ...over });
    return { ...config, timings: quickTimings };
  }

  /** A worker in this process. */
  async startWorker(over: Readonly<Record<string, string>> = {}): Promise<{ stop(): Promise<void> }> {
    const app = await createApp(this.config(over), logger);
    await app.start();
    const stop = async (): Promise<void> => {
      if (this.#apps.delete(started)) await app.stop();
    };
    const started = { stop };
    this.#apps.add(started);
    return started;
  }

  /** A worker in a process of its own, to be killed and frozen. */
  async startWorkerProcess(over: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
    const child = run(worker, { ...this.#variables(), ...over });
    this.#children.push(child);
    await untilReady(child);
    return child;
  }

  async startPersistence(file: string): Promise<ChildProcess> {
    const child = run(persistence, { NATS_URL: this.nats.url, STORE_URL: `sqlite://${file}` });
    this.#children.push(child);
    await untilReady(child);
    return child;
  }

  #variables(): Record<string, string> {
    return {
      NATS_URL: this.nats.url,
      OPENAI_BASE_URL: this.modelUrl,
      OPENAI_API_KEY: "demo",
      OPENAI_MODEL: "demo",
      NATTER_STREAM_MAX_AGE_SECONDS: String(stream.maxAgeSeconds),
      NATTER_DEDUPE_WINDOW_SECONDS: String(stream.dedupeWindowSeconds),
      NATTER_SYSTEM_PROMPT: "Be brief.",
      // Most tests count requests and events; those of titles turn them on.
      NATTER_AUTO_TITLES: "off",
    };
  }

  /** Appends an event, and says its id. */
  async append(sessionId: string, draft: Draft): Promise<string> {
    const id = randomUUID();
    const { type, ...rest } = draft;
    const user = { id: "u1", name: "Ann" };
    const event = { type, id, user, sentAt: new Date().toISOString(), ...rest };
    await this.log.append(sessionId, encodeFrame(event), { eventId: id });
    return id;
  }

  async say(sessionId: string, message: string, user = { id: "u1", name: "Ann" }): Promise<string> {
    return this.append(sessionId, { type: "message", message, is_user: true, user });
  }

  /** As a gateway does it: the event, then the word that it is there. */
  async withdraw(
    sessionId: string,
    draft: Extract<Draft, { type: "stop_requested" | "message_deleted" }>,
  ): Promise<void> {
    await this.append(sessionId, draft);
    this.connection.publish(subjects.control(sessionId), new Uint8Array());
  }

  async events(sessionId: string): Promise<LoggedEvent[]> {
    const found: LoggedEvent[] = [];
    for await (const { bytes, seq } of this.log.read(sessionId, { after: 0 })) {
      const event = decodeObject(bytes) as LogEvent | undefined;
      if (event) found.push({ event, seq });
    }
    return found;
  }

  async eventsOf<T extends LogEvent["type"]>(sessionId: string, type: T): Promise<LogEventOf<T>[]> {
    const events = await this.events(sessionId);
    return events.filter(({ event }) => event.type === type).map(({ event }) => event as LogEventOf<T>);
  }

  /** Waits for the end of a prompt. */
  async endOf(sessionId: string, promptId: string, timeoutMs = 15_000): Promise<LogEventOf<"ai_complete">> {
    return waitFor(
      async () => (await this.eventsOf(sessionId, "ai_complete")).find((end) => end.promptId === promptId),
      { what: `the end of ${promptId}`, timeoutMs },
    );
  }

  async untilStarted(sessionId: string, promptId: string, attempt = 1): Promise<LogEventOf<"ai_start">> {
    return waitFor(
      async () =>
        (await this.eventsOf(sessionId, "ai_start")).find(
          (start) => start.promptId === promptId && start.attempt === attempt,
        ),
      { what: `attempt ${attempt} at ${promptId}`, timeoutMs: 15_000 },
    );
  }

  /** Collects the session's chunks from now on. */
  async listen(sessionId: string): Promise<ServerFrameOf<"ai_chunk">[]> {
    const chunks: ServerFrameOf<"ai_chunk">[] = [];
    this.connection.subscribe(subjects.live(sessionId), ({ data }) => {
      const frame = decodeObject(data);
      if (frame?.["type"] === "ai_chunk") chunks.push(frame as unknown as ServerFrameOf<"ai_chunk">);
    });
    await this.connection.flush();
    return chunks;
  }

  async requests(): Promise<DemoRequest[]> {
    const response = await fetch(new URL("/demo/requests", this.modelUrl));
    return (await response.json()) as DemoRequest[];
  }
}

/** What the log must never show, as sentences. */
export function faultsOf(events: readonly LoggedEvent[]): string[] {
  const faults: string[] = [];
  const state = createPromptState();
  const ended = new Set<string>();
  const attempts = new Map<string, number>();
  for (const { event, seq } of events) {
    if (event.type === "ai_start" || event.type === "ai_complete") {
      const [earliest] = openPrompts(state);
      const { promptId, attempt, type } = event;
      if (earliest?.promptId !== promptId) faults.push(`${type} of ${promptId} out of turn`);
      if (type === "ai_start") {
        if (attempt !== (attempts.get(promptId) ?? 0) + 1) faults.push(`attempt ${attempt} of ${promptId}`);
        attempts.set(promptId, attempt);
      } else {
        if (ended.has(promptId)) faults.push(`a second end of ${promptId}`);
        if (attempt !== 0 && attempt !== attempts.get(promptId))
          faults.push(`an end of ${promptId} by a lost attempt`);
        ended.add(promptId);
      }
    }
    applyToPrompts(state, event, { epoch: "1-0", seq });
  }
  for (const { promptId } of openPrompts(state)) faults.push(`no end of ${promptId}`);
  return faults;
}

/** The text of an attempt by its chunks; `undefined` if one is missing. */
export function joined(
  chunks: readonly ServerFrameOf<"ai_chunk">[],
  end: LogEventOf<"ai_complete">,
): string | undefined {
  const own = chunks
    .filter(({ id, attempt }) => id === end.id && attempt === end.attempt)
    .toSorted((left, right) => left.n - right.n);
  const isWhole = own.length === end.chunks && own.every(({ n }, index) => n === index);
  if (!isWhole) return undefined;
  return own
    .filter(({ part }) => part === undefined)
    .map(({ chunk }) => chunk)
    .join("");
}

function run(file: string, variables: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env["PATH"], NATTER_LOG_LEVEL: "warn", ...variables },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const reap = (): void => void child.kill("SIGKILL");
  process.once("exit", reap);
  child.once("exit", () => process.off("exit", reap));
  return child;
}

async function untilReady(child: ChildProcess): Promise<string> {
  const [message] = (await Promise.race([
    once(child, "message"),
    once(child, "exit").then(([code]) => {
      throw new Error(`a process ended with ${String(code)} before it was ready`);
    }),
  ])) as [{ url?: string }];
  return message.url ?? "";
}
