/** A broker, a model's provider and workers, all real, and a hand to write the log with. */
import { fileURLToPath } from "node:url";
import type { Connection, SessionLog } from "@natter/session-log";
import {
  applyToPrompts,
  createPromptState,
  decodeObject,
  openPrompts,
  subjects,
  type LogEvent,
  type LogEventOf,
  type ServerFrameOf,
} from "@natter/protocol";
import { createLogger } from "@natter/runtime";
import {
  appendEvent,
  buildEvent,
  ChildProgram,
  messageEvent,
  openOwnLog,
  readEvents,
  testStream,
  waitFor,
  type EventDraft,
  type LoggedEvent,
  type TestNatsServer,
} from "@natter/testing";
import { createApp } from "../../src/app.ts";
import { readConfig, type Config } from "../../src/config.ts";
import type { ReplyTimings } from "../../src/reply-timings.ts";

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

export interface DemoRequest {
  readonly lastUserMessage: string;
  readonly sentTokens: number;
  readonly outcome: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
}

const logger = createLogger("stage", { level: "silent", instance: undefined });
const author = { id: "u1", name: "Ann" };
const demoModel = fileURLToPath(new URL("../../../../apps/demo-model/src/main.ts", import.meta.url));
const persistence = fileURLToPath(new URL("../../../persistence/src/main.ts", import.meta.url));
const worker = fileURLToPath(new URL("worker-process.ts", import.meta.url));

export class Stage {
  readonly nats: TestNatsServer;
  readonly log: SessionLog;
  readonly connection: Connection;
  readonly modelUrl: string;
  readonly #opened: AsyncDisposable;
  readonly #programs: ChildProgram[];
  readonly #apps = new Set<{ stop(): Promise<void> }>();

  private constructor(
    opened: Awaited<ReturnType<typeof openOwnLog>>,
    model: { program: ChildProgram; url: string },
  ) {
    this.nats = opened.server;
    this.log = opened.log;
    this.connection = opened.connection;
    this.modelUrl = model.url;
    this.#opened = opened;
    this.#programs = [model.program];
  }

  static async open(): Promise<Stage> {
    const program = run("demo-model", demoModel, { PORT: "0" });
    const [opened, url] = await Promise.all([openOwnLog(), program.untilReady()]);
    return new Stage(opened, { program, url });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apps].map((app) => app.stop()));
    await Promise.all(this.#programs.map((program) => program.kill()));
    await this.#opened[Symbol.asyncDispose]();
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
  async startWorkerProcess(over: Readonly<Record<string, string>> = {}): Promise<ChildProgram> {
    return this.#startProgram("llm-worker", worker, { ...this.#variables(), ...over });
  }

  /** @param file of the SQLite store */
  async startPersistence(file: string): Promise<ChildProgram> {
    const variables = { NATS_URL: this.nats.url, STORE_URL: `sqlite://${file}` };
    return this.#startProgram("persistence", persistence, variables);
  }

  async #startProgram(
    name: string,
    file: string,
    variables: Readonly<Record<string, string>>,
  ): Promise<ChildProgram> {
    const program = run(name, file, variables);
    this.#programs.push(program);
    await program.untilReady();
    return program;
  }

  #variables(): Record<string, string> {
    return {
      NATS_URL: this.nats.url,
      OPENAI_BASE_URL: this.modelUrl,
      OPENAI_API_KEY: "demo",
      OPENAI_MODEL: "demo",
      NATTER_STREAM_MAX_AGE_SECONDS: String(testStream.maxAgeSeconds),
      NATTER_DEDUPE_WINDOW_SECONDS: String(testStream.dedupeWindowSeconds),
      NATTER_SYSTEM_PROMPT: "Be brief.",
      // A worker that stops hands over at once, unless a test is about its drain.
      NATTER_DRAIN_SECONDS: "0",
      // Most tests count requests and events; those of titles turn them on.
      NATTER_AUTO_TITLES: "off",
    };
  }

  /** Appends an event. Resolves with its id. */
  async append(sessionId: string, draft: EventDraft): Promise<string> {
    const event = buildEvent({ user: author, ...draft });
    await appendEvent(this.log, sessionId, event);
    return event.id;
  }

  async say(sessionId: string, message: string, user = author): Promise<string> {
    return this.append(sessionId, messageEvent(message, { user }));
  }

  /** As a gateway does it: the event, then the word that it is there. */
  async withdraw(
    sessionId: string,
    draft: Extract<EventDraft, { type: "stop_requested" | "message_deleted" }>,
  ): Promise<void> {
    await this.append(sessionId, draft);
    this.connection.publish(subjects.control(sessionId), new Uint8Array());
  }

  async events(sessionId: string): Promise<LoggedEvent[]> {
    return readEvents(this.log, sessionId);
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

function run(name: string, file: string, variables: Readonly<Record<string, string>>): ChildProgram {
  return ChildProgram.start({
    name,
    args: [file],
    env: { PATH: process.env["PATH"], NATTER_LOG_LEVEL: "warn", ...variables },
    hasChannel: true,
  });
}
