import { cp, mkdir, mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "@natter/nats-server";
import { ChildProgram } from "../processes.ts";
import { testBinary } from "./nats-server.ts";

const main = fileURLToPath(new URL("../../../../apps/start/src/main.ts", import.meta.url));
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
  /** Output of all processes so far. */
  readonly output: string;
  /** The processes that run now, as `run.json` lists them. */
  run(): Promise<readonly RunEntry[]>;
  /** The broker's URL, with its secret. */
  brokerUrl(): Promise<string>;
  /** SIGTERM. Keeps the data. Resolves with the exit code when natter has ended. */
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
  // The nats-server that the tests found is the one that natter uses.
  const server = { NATTER_NATS_SERVER: "old" };
  const env = { ...process.env, ...server, ...options.env, PORT: String(port), NATTER_DATA_DIR: dataDir };
  let running = await launch(args, env);
  const run = async (): Promise<readonly RunEntry[]> => readRunFile(dataDir);
  const stop = async (): Promise<number | null> => (await running.program.stop(stopMs)).code;
  const killAll = async (): Promise<void> => {
    for (const { pid } of await run()) killIfThere(pid);
    await running.program.kill();
  };
  return {
    get url() {
      return running.urls[0] ?? "";
    },
    get urls() {
      return running.urls;
    },
    get output() {
      return running.program.output;
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
      if (running.program.isRunning) await stop();
      await killAll();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

interface Running {
  readonly program: ChildProgram;
  readonly urls: readonly string[];
}

async function launch(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Running> {
  const program = ChildProgram.start({ name: "natter", args: [main, ...args], env });
  try {
    const [, urls = ""] = await program.untilPrinted(/natter is ready: (.+)\n/, startMs);
    return { program, urls: urls.trim().split(/\s+/) };
  } catch (error) {
    await program.stop(stopMs);
    throw error;
  }
}

/** Puts the nats-server of the tests into the cache, so that no test has to fetch one. */
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

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // The process is gone already.
  }
}
