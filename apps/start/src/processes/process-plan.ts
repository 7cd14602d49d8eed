import { fileURLToPath } from "node:url";
import type { Options } from "../options.ts";

export type Role = "nats" | "demo-model" | "persistence" | "llm-worker" | "gateway";

/** One process: what it is, and what it is given. */
export interface ProcessPlan {
  readonly role: Role;
  /** Shown before its log lines, for example `gateway-2`. */
  readonly instance: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const main = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}/src/main.ts`, import.meta.url));

export const programs: Readonly<Record<Exclude<Role, "nats">, string>> = {
  "demo-model": main("apps/demo-model"),
  persistence: main("services/persistence"),
  "llm-worker": main("services/llm-worker"),
  gateway: main("services/gateway"),
};

/** Whoever stops `pnpm start` waits for it, and no other worker takes the replies: the next start answers them. */
const handOverAtOnce = { NATTER_DRAIN_SECONDS: "0" };

/** The demo model comes first: the workers are given its address. */
export function planDemoModel(): ProcessPlan {
  return nodePlan("demo-model", "demo-model", { PORT: "0", NATTER_HOST: "127.0.0.1" });
}

/** Everything that talks to the broker, in the order of starting. Stopping is the other way round. */
export function planServices(
  options: Options,
  addresses: { natsUrl: string; demoModelUrl: string | undefined },
): ProcessPlan[] {
  const shared = { NATS_URL: addresses.natsUrl };
  const store: Record<string, string> =
    options.storeUrl === undefined ? { STORE_URL: `sqlite://${options.dataDir}/natter.db` } : {};
  const model: Record<string, string> =
    addresses.demoModelUrl === undefined ? {} : demoModelSettings(addresses.demoModelUrl, options);
  // People may choose what the workers call by default.
  const modelName: Record<string, string> =
    model["OPENAI_MODEL"] === undefined ? {} : { OPENAI_MODEL: model["OPENAI_MODEL"] };
  return [
    ...many("persistence", options.persistence, () => ({ ...shared, ...store })),
    ...many("llm-worker", options.workers, () => ({ ...shared, ...model, ...handOverAtOnce })),
    ...many("gateway", options.gateways, (index) => ({
      ...shared,
      ...modelName,
      PORT: String(options.port === 0 ? 0 : options.port + index),
    })),
  ];
}

/** The demo model speaks Chat Completions alone, and is on this machine, where no proxy leads. */
function demoModelSettings(url: string, options: Options): Record<string, string> {
  const noProxy = { HTTP_PROXY: "", HTTPS_PROXY: "", http_proxy: "", https_proxy: "" };
  return {
    OPENAI_BASE_URL: url,
    OPENAI_API_KEY: "demo",
    OPENAI_MODEL: options.modelName ?? "demo",
    NATTER_MODEL_API: "chat",
    ...noProxy,
  };
}

function many(
  role: Exclude<Role, "nats">,
  count: number,
  env: (index: number) => Record<string, string>,
): ProcessPlan[] {
  return Array.from({ length: count }, (_, index) =>
    nodePlan(role, count === 1 ? role : `${role}-${index + 1}`, env(index)),
  );
}

function nodePlan(role: Exclude<Role, "nats">, instance: string, env: Record<string, string>): ProcessPlan {
  return {
    role,
    instance,
    command: process.execPath,
    args: [programs[role]],
    env: { ...env, NATTER_INSTANCE: instance },
  };
}
