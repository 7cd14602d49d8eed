import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Acceptance } from "@natter/nats-server";
import { EnvironmentError, readEnvironment, settings, type SettingName } from "@natter/runtime";

export interface Options {
  readonly gateways: number;
  readonly workers: number;
  readonly persistence: number;
  readonly host: string;
  /** Of the first gateway; the others follow. 0: free ones. */
  readonly port: number;
  readonly dataDir: string;
  /** A broker of the user's; else one is started. */
  readonly natsUrl: string | undefined;
  /** Which nats-server may be fetched for it. */
  readonly natsServer: Acceptance;
  readonly storeUrl: string | undefined;
  /** Whether a provider is set; else the demo model is started. */
  readonly hasModel: boolean;
  readonly modelName: string | undefined;
  readonly modelApi: "chat" | "responses";
}

const mostProcesses = 32;

/** @throws EnvironmentError with one line that names the flag or variable */
export function readOptions(args: readonly string[], variables: NodeJS.ProcessEnv): Options {
  const flags = readFlags(args);
  // All of them, also those that only a child reads: a mistake is better said now, once.
  const env = readEnvironment(Object.keys(settings) as SettingName[], variables);
  return {
    ...flags,
    host: env.NATTER_HOST,
    port: env.PORT,
    dataDir: resolve(env.NATTER_DATA_DIR),
    natsUrl: env.NATS_URL,
    natsServer: env.NATTER_NATS_SERVER,
    storeUrl: env.STORE_URL ?? env.MONGODB_URL,
    hasModel: env.OPENAI_API_KEY !== undefined || env.OPENAI_BASE_URL !== undefined,
    modelName: variables["OPENAI_MODEL"],
    modelApi: env.NATTER_MODEL_API,
  };
}

function readFlags(args: readonly string[]): { gateways: number; workers: number; persistence: number } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { gateways: { type: "string" }, workers: { type: "string" }, persistence: { type: "string" } },
    });
    return {
      gateways: readCount("gateways", values.gateways),
      workers: readCount("workers", values.workers),
      persistence: readCount("persistence", values.persistence),
    };
  } catch (error) {
    if (error instanceof EnvironmentError) throw error;
    throw new EnvironmentError(
      `${error instanceof Error ? error.message : String(error)} (known: --gateways N --workers N --persistence N)`,
      { cause: error },
    );
  }
}

function readCount(flag: string, text: string | undefined): number {
  if (text === undefined) return 1;
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= mostProcesses) return count;
  throw new EnvironmentError(
    `--${flag} is malformed (it is ${JSON.stringify(text)}): expected 1 to ${mostProcesses}`,
  );
}
