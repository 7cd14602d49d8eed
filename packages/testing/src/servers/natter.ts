import { spawn, type ChildProcess } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { testBinary } from "./nats-server.ts";
import { waitFor } from "./wait-for.ts";

const main = fileURLToPath(new URL("../../../apps/start/src/main.ts", import.meta.url));
const startMs = 120_000;
const stopMs = 40_000;

export interface RunEntry {
  readonly role: string;
  readonly pid: number;
  readonly url: string | null;
  readonly startedAt: string;
}

/** All of natter, started as a user starts it, in processes of its own. */
export interface TestNatter extends AsyncDisposable {
  /** Of the first gateway. */
  readonly url: string;
  readonly urls: readonly string[];
  readonly dataDir: string;
  /** What its processes have printed so far. */
  readonly output: string;
  /** What runs now, by its own account. */
  run(): Promise<readonly RunEntry[]>;
  /** With the secret that it asks for. */
  brokerUrl(): Promise<string>;
  /** SIGTERM, and wait for the end. Keeps the data. @returns the exit code */
  stop(): Promise<number | null>;
  /** SIGKILL to every process, at once. Keeps the data. */
  killAll(): Promise<void>;
  /** Starts again on the same data and ports. */
  restart(): Promise<void>;
}

export interface NatterOptions {
  readonly gateways?: number;
  readonly workers?: number;
  readonly persistence?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export async function startNatter(options: NatterOptions = {}): Promise<TestNatter> {
  const dataDir = await mkdtemp(join(tmpdir(), "natter-data-"));
  await seedCache(dataDir);
  const gateways = options.gateways ?? 1;
  const port = await adjacentPorts(gateways);
  const args = [
    "--gateways",
    String(gateways),
    "--workers",
    String(options.workers ?? 1),
    "--persistence",
    String(options.persistence ?? 1),
  ];
  // The server that the tests have found is the one that they use.
  const server = { NATTER_NATS_SERVER: "old" };
  const env = { ...process.env, ...server, ...options.env, PORT: String(port), NATTER_DATA_DIR: dataDir };
  let running = await launch(args, env);
  const run = async (): Promise<readonly RunEntry[]> => readRunFile(dataDir);
  const stop = async (): Promise<number | null> => {
    running.child.kill("SIGTERM");
    return ended(running.child);
  };
  const killAll = async (): Promise<void> => {
    for (const { pid } of await run()) killQuietly(pid);
    killQuietly(running.child.pid ?? 0);
    await ended(running.child);
  };
  return {
    get url() {
      return running.urls[0] ?? "";
    },
    get urls() {
      return running.urls;
    },
    get output() {
      return running.printed.text;
    },
    dataDir,
    run,
    brokerUrl: async () => brokerUrlOf(dataDir),
    stop,
    killAll,
    async restart() {
      running = await launch(args, env);
    },
    async [Symbol.asyncDispose]() {
      const over = running.child.exitCode !== null || running.child.signalCode !== null;
      if (!over) await stop();
      await killAll();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly urls: string[];
  readonly printed: { text: string };
}

async function launch(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Running> {
  const child = spawn(process.execPath, [main, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  const printed = { text: "" };
  child.stdout.on("data", (data: Buffer) => (printed.text += data.toString()));
  child.stderr.on("data", (data: Buffer) => (printed.text += data.toString()));
  const line = await waitFor(
    () => {
      if (child.exitCode !== null) throw new Error(`natter did not start:\n${printed.text}`);
      return /natter is ready: (.+)/.exec(printed.text)?.[1];
    },
    { what: "natter to be ready", timeoutMs: startMs },
  ).catch((error: unknown) => {
    child.kill("SIGTERM");
    throw new Error(`natter did not start:\n${printed.text}`, { cause: error });
  });
  return { child, urls: line.trim().split(/\s+/), printed };
}

async function ended(child: ChildProcess): Promise<number | null> {
  await waitFor(() => child.exitCode !== null || child.signalCode !== null, {
    what: "the end of natter",
    timeoutMs: stopMs,
  });
  return child.exitCode;
}

/** The tests' own binary, so that no test has to fetch one. */
async function seedCache(dataDir: string): Promise<void> {
  const { path } = await testBinary();
  if (!(await stat(path).catch(() => undefined))) return;
  const cache = join(dataDir, "cache");
  await mkdir(cache, { recursive: true });
  await cp(path, join(cache, path.slice(dirname(path).length + 1)));
}

async function readRunFile(dataDir: string): Promise<RunEntry[]> {
  try {
    const { processes } = JSON.parse(await readFile(join(dataDir, "run.json"), "utf8")) as {
      processes: RunEntry[];
    };
    return processes;
  } catch {
    return [];
  }
}

async function brokerUrlOf(dataDir: string): Promise<string> {
  const { url } = (await readRunFile(dataDir)).find(({ role }) => role === "nats") ?? {};
  if (!url) throw new Error("natter runs no broker of its own");
  const secret = (await readFile(join(dataDir, "broker.secret"), "utf8")).trim();
  return url.replace("://", `://${secret}@`);
}

async function adjacentPorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    const ports = await Promise.all(
      Array.from({ length: count }, async (_, index) => freePort(first + index)),
    );
    if (first + count < 65_536 && ports.every((port, index) => port === first + index)) return first;
  }
}

function killQuietly(pid: number): void {
  if (pid <= 0) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It is gone, which is what was wanted.
  }
}
