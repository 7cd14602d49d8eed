import closeWithGrace from "close-with-grace";
import { armFaults } from "./fault-points.ts";
import { EnvironmentError } from "./environment.ts";
import { createLogger, type Logger } from "./logger.ts";

/** What a composition root returns. `stop` is `start` backwards. */
export interface App {
  /** Resolves when everything this process promises works. */
  start(): Promise<{ readonly url?: string }>;
  stop(): Promise<void>;
}

/** What a supervised process tells its supervisor over Node's IPC channel, once. */
export interface ReadyMessage {
  readonly type: "ready";
  readonly url?: string;
}

const stopDeadlineMs = 15_000;
const requiredNodeMajor = 24;

/**
 * The life of a process: logger, signals, one deadline for stopping, and a crash for everything that nobody
 * caught. Nothing else calls `process.exit`.
 *
 * A process with an IPC channel belongs to a supervisor and stops when that channel closes, so a supervisor
 * that dies leaves no orphan.
 */
export async function runService(
  name: string,
  create: (logger: Logger) => App | Promise<App>,
): Promise<void> {
  const logger = createLogger(name, {
    level: process.env["NATTER_LOG_LEVEL"] || "info",
    instance: process.env["NATTER_INSTANCE"],
  });
  refuseOldNode();
  const { NATTER_CRASH_AT, NATTER_BREAK } = process.env;
  if (NATTER_CRASH_AT || NATTER_BREAK) {
    logger.warn({ NATTER_CRASH_AT, NATTER_BREAK }, "told to fail, for a test");
    armFaults(NATTER_CRASH_AT, NATTER_BREAK);
  }
  let app: App | undefined;
  const grace = closeWithGrace({ delay: stopDeadlineMs, logger: false }, async ({ err, signal }) => {
    if (err) logger.fatal({ err }, "uncaught, stopping");
    else logger.info({ signal }, "stopping");
    await app?.stop();
    logger.info("stopped");
  });
  if (process.channel) process.once("disconnect", () => grace.close());
  try {
    app = await create(logger);
    const { url } = await app.start();
    process.send?.({ type: "ready", ...(url === undefined ? {} : { url }) } satisfies ReadyMessage);
    logger.info({ url }, "ready");
  } catch (error) {
    reportFailedStart(logger, error);
    // The process must not linger on what was opened before the failure.
    process.exit(1);
  }
}

/** pnpm's install before a script can fail without stopping the script, which then runs on the machine's own Node. */
function refuseOldNode(): void {
  const major = Number(process.versions.node.split(".")[0]);
  if (major >= requiredNodeMajor) return;
  process.stderr.write(
    `natter needs Node ${requiredNodeMajor} or newer, this is ${process.version}: run "npx -y pnpm install" and read its output\n`,
  );
  process.exit(1);
}

function reportFailedStart(logger: Logger, error: unknown): void {
  if (error instanceof EnvironmentError) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, "could not start");
}
