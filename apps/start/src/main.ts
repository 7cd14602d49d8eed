import { randomBytes } from "node:crypto";
import { NoNatsServer } from "@natter/nats-server";
import { EnvironmentError, refuseOldNode } from "@natter/runtime";
import { DataDirTaken } from "./data-dir/data-dir-lock.ts";
import { exposureWarning } from "./exposure.ts";
import { LogPrinter } from "./processes/log-lines.ts";
import { readOptions, type Options } from "./options.ts";
import { StartFailure } from "./start-failure.ts";
import { Supervisor } from "./supervisor.ts";

refuseOldNode();
// What natter and its parts write, conversations above all, is for this user alone.
process.umask(0o077);
// Whoever read our output may go away; the parts go on.
process.stdout.on("error", () => undefined);
const options = readOptionsOrExit();
const printer = new LogPrinter((text) => process.stdout.write(text), process.stdout.isTTY);
// One key for all parts: in their lines a session has the same name.
const logKey = process.env["NATTER_LOG_KEY"] || randomBytes(16).toString("hex");
const supervisor = new Supervisor(options, printer, { ...process.env, NATTER_LOG_KEY: logKey });
let signals = 0;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void onSignal());

try {
  const urls = await supervisor.start();
  const warning = exposureWarning(options.host);
  if (warning !== undefined) process.stdout.write(`\n${warning}\n`);
  process.stdout.write(`\nnatter is ready: ${urls.join("  ")}\n\n`);
} catch (error) {
  // A signal in the middle of the start is no failure.
  if (signals === 0) await fail(error);
}

/** The first one stops in order; whoever asks again has no patience. */
async function onSignal(): Promise<void> {
  signals++;
  if (signals > 1) {
    // Ctrl-C through pnpm can arrive twice at once.
    if (signals > 2) supervisor.killAll();
    return;
  }
  process.stdout.write("\nstopping\n");
  await supervisor.stop();
  process.exit(0);
}

async function fail(error: unknown): Promise<never> {
  const isExpected =
    error instanceof StartFailure || error instanceof DataDirTaken || error instanceof NoNatsServer;
  process.stderr.write(
    isExpected ? `${error.message}\n` : `${error instanceof Error ? error.stack : String(error)}\n`,
  );
  await supervisor.stop();
  process.exit(1);
}

function readOptionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}
