import closeWithGrace from "close-with-grace";
import { EnvironmentError, readEnvironment, type Environment } from "./settings/environment.ts";
import { armFaults } from "./failpoints.ts";
import { createLogger, type Logger } from "./logging/logger.ts";
import { refuseOldNode } from "./required-node.ts";
import { openHealthServer, type HealthServer } from "./health-server.ts";
import { ofEveryProcess, type Role } from "./settings/role-settings.ts";

/** What a composition root returns. `stop` is `start` backwards. */
export interface App {
  /** Resolves when everything this process promises works. */
  start(): Promise<{ readonly url?: string }>;
  stop(): Promise<void>;
  /** Milliseconds that `stop` may take before the process ends without it. Unset: 15,000. */
  readonly stopDeadlineMs?: number;
  /** Why nothing may be asked of this process now, in words. `undefined`: it is ready. Services that are no gateway have it. */
  notReady?(): string | undefined;
  /**
   * Called with an exception that nobody caught, in the context in which it was thrown. True: it belongs to one piece of work,
   * which ends with it, and the process goes on.
   */
  contain?(error: unknown): boolean;
}

/** What a supervised process tells its supervisor over Node's IPC channel, once. */
export interface ReadyMessage {
  readonly type: "ready";
  readonly url?: string;
}

const defaultStopDeadlineMs = 15_000;
const uncaughtEvents = ["uncaughtException", "unhandledRejection"] as const;

/**
 * The life of a process: logger, signals, one deadline for stopping, and a crash for everything that nobody
 * caught. Nothing else calls `process.exit`.
 *
 * A process with an IPC channel belongs to a supervisor and stops when that channel closes, so a supervisor
 * that dies leaves no orphan.
 */
export async function runService(role: Role, create: (logger: Logger) => App | Promise<App>): Promise<void> {
  refuseOldNode();
  // What a service writes, conversations above all, is for its own user alone.
  process.umask(0o077);
  const env = readEnvironmentOrExit();
  const { NATTER_LOG_LEVEL, NATTER_LOG_KEY, NATTER_INSTANCE, NATTER_CRASH_AT, NATTER_BREAK } = env;
  const logger = createLogger(role, {
    level: NATTER_LOG_LEVEL,
    instance: NATTER_INSTANCE,
    namesKey: NATTER_LOG_KEY,
  });
  if (NATTER_CRASH_AT || NATTER_BREAK) {
    logger.warn({ NATTER_CRASH_AT, NATTER_BREAK }, "told to fail, for a test");
    armFaults(NATTER_CRASH_AT, NATTER_BREAK);
  }
  let app: App | undefined;
  let state: "starting" | "started" | "stopping" = "starting";
  let uncaught: unknown;
  const options = { delay: false as const, logger: false as const, skip: [...uncaughtEvents] };
  const grace = closeWithGrace(options, async ({ signal }) => {
    state = "stopping";
    if (uncaught === undefined) logger.info({ signal }, "stopping");
    endAfter(app?.stopDeadlineMs ?? defaultStopDeadlineMs, logger);
    await app?.stop();
    health?.close();
    logger.info("stopped");
    // A rejection makes the exit code 1.
    if (uncaught !== undefined) throw uncaught;
  });
  const onUncaught = (error: unknown): void => {
    if (app?.contain?.(error)) return;
    logger.fatal({ err: error }, "uncaught, stopping");
    // Whatever fails while a failed process stops must not keep it.
    if (uncaught !== undefined) process.exit(1);
    uncaught = error ?? new Error("nothing was thrown");
    grace.close();
  };
  for (const event of uncaughtEvents) process.on(event, onUncaught);
  if (process.channel) process.once("disconnect", () => grace.close());
  let health: HealthServer | undefined;
  try {
    const notReady = (): string | undefined => (state === "started" ? app?.notReady?.() : state);
    health = await openHealthServer(role, process.env, notReady);
    app = await create(logger);
    const { url } = await app.start();
    if (state === "starting") state = "started";
    process.send?.({ type: "ready", ...(url === undefined ? {} : { url }) } satisfies ReadyMessage);
    logger.info({ url }, "ready");
  } catch (error) {
    reportFailedStart(logger, error);
    // The process must not linger on what was opened before the failure.
    process.exit(1);
  }
}

/** A part that never comes to its end must not keep the process. */
function endAfter(ms: number, logger: Logger): void {
  setTimeout(() => {
    logger.fatal({ ms }, "the stop takes too long, ending without it");
    process.exit(1);
  }, ms).unref();
}

/** A mistake of the user's is one line, also before there is a logger. */
function readEnvironmentOrExit(): Environment<(typeof ofEveryProcess)[number]> {
  try {
    return readEnvironment(ofEveryProcess, process.env);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function reportFailedStart(logger: Logger, error: unknown): void {
  if (error instanceof EnvironmentError) process.stderr.write(`${error.message}\n`);
  else logger.fatal({ err: error }, "could not start");
}
