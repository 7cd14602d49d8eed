import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { configurationOf, findNatsServer, freePort, waitForGreeting, type Binary } from "@natter/nats-server";
import { ChildProgram } from "../processes.ts";

const cacheDir = fileURLToPath(new URL("../../../../.natter/cache", import.meta.url));
const startMs = 20_000;
let binary: Promise<Binary> | undefined;

/** The nats-server that all tests use. It is fetched once for a checkout. */
export async function testBinary(): Promise<Binary> {
  binary ??= findNatsServer(cacheDir, {
    say: (line) => process.stderr.write(`${line}\n`),
    variables: process.env,
    // Tests hold nobody's messages, so any nats-server that this machine can get will do.
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
  /** Resolves when the signal has had its effect: the process has ended, or it is frozen. */
  kill(signal: "SIGKILL" | "SIGSTOP" | "SIGCONT" | "SIGTERM"): Promise<void>;
  /** Kills the server and starts it again on the same port and files. */
  restart(): Promise<void>;
  /** Kills the server and removes its files. */
  stop(): Promise<void>;
}

/** @param options `config`: lines that are added to the configuration; `port`: taken if it is free */
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
  let server = await run(path, configFile, port);
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  return {
    url: `nats://127.0.0.1:${port}`,
    port,
    storeDir,
    get pid() {
      return server.pid;
    },
    kill: async (signal) => send(signal, server),
    stop,
    async restart() {
      await server.kill();
      server = await run(path, configFile, port);
    },
    [Symbol.asyncDispose]: stop,
  };
}

async function run(path: string, configFile: string, port: number): Promise<ChildProgram> {
  const server = ChildProgram.start({
    name: "nats-server",
    command: path,
    args: ["-c", configFile],
    env: process.env,
  });
  const isReady = await waitForGreeting(port, { timeoutMs: startMs, isOver: () => !server.isRunning });
  if (isReady) return server;
  await server.kill();
  throw new Error(`nats-server did not start:\n${server.output}`);
}

async function send(signal: Parameters<TestNatsServer["kill"]>[0], server: ChildProgram): Promise<void> {
  if (signal === "SIGSTOP") await server.freeze();
  else if (signal === "SIGCONT") server.thaw();
  else await (signal === "SIGKILL" ? server.kill() : server.stop());
}
