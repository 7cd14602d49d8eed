import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configurationOf, findNatsServer, freePort, waitForGreeting, type Binary } from "@natter/nats-server";
import { waitFor } from "./wait-for.ts";

const cacheDir = fileURLToPath(new URL("../../../.natter/cache", import.meta.url));
let binary: Promise<Binary> | undefined;

/** The binary that every test uses; fetched once for a checkout. */
export async function testBinary(): Promise<Binary> {
  binary ??= findNatsServer(cacheDir, {
    say: (line) => process.stderr.write(`${line}\n`),
    variables: process.env,
    // Tests run with whatever this machine can have.
    accept: "old",
  });
  return binary;
}

/** A real nats-server with JetStream, on a free port, with its files in a temporary folder. */
export interface TestNatsServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly storeDir: string;
  readonly pid: number;
  /** Signals the process and waits until it has ended or is frozen, if that is what the signal does. */
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): Promise<void>;
  /** Starts it again on the same port and files. */
  restart(): Promise<void>;
  /** Ends it and removes its files. */
  stop(): Promise<void>;
}

export async function startNatsServer(
  options: { config?: string; port?: number } = {},
): Promise<TestNatsServer> {
  const { path, version } = await testBinary();
  const folder = await mkdtemp(join(tmpdir(), "natter-nats-"));
  const storeDir = join(folder, "store");
  const port = await freePort(options.port);
  const configFile = join(folder, "nats.conf");
  await writeFile(
    configFile,
    configurationOf({
      port,
      storeDir,
      version,
      ...(options.config === undefined ? {} : { extra: options.config }),
    }),
  );
  let child = await run(path, configFile, port);
  const kill: TestNatsServer["kill"] = async (signal) => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    if (isOver) return;
    const ended = once(child, "exit");
    child.kill(signal);
    if (signal === "SIGKILL" || signal === "SIGTERM") await ended;
    if (signal === "SIGSTOP")
      await waitFor(async () => isFrozen(child.pid ?? 0), { what: "a frozen nats-server" });
  };
  const stop = async (): Promise<void> => {
    await kill("SIGKILL");
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    get pid() {
      return child.pid ?? 0;
    },
    kill,
    stop,
    async restart() {
      await kill("SIGKILL");
      child = await run(path, configFile, port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function run(path: string, configFile: string, port: number): Promise<ChildProcess> {
  const child = spawn(path, ["-c", configFile], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.on("data", (data: Buffer) => (said = (said + data.toString()).slice(-2_000)));
  // A test that is killed must not leave a server behind.
  const reap = (): void => void child.kill("SIGKILL");
  process.once("exit", reap);
  child.once("exit", () => process.off("exit", reap));
  const ready = await waitForGreeting(port, { timeoutMs: 20_000, isOver: () => child.exitCode !== null });
  if (!ready) {
    child.kill("SIGKILL");
    throw new Error(`nats-server did not start: ${said}`);
  }
  return child;
}

/** The threads of a process stop one after another; one that still runs may answer. */
async function isFrozen(pid: number): Promise<boolean> {
  if (process.platform !== "linux") return true;
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(
    threads.map(async (thread) => {
      const stat = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8");
      return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3);
    }),
  );
  return states.every((state) => state === "T");
}
