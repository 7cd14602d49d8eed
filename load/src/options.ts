import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { readRecordedDay } from "./arrivals/recorded-day.ts";
import type { Thresholds } from "./measuring/thresholds.ts";
import type { Plan } from "./plan.ts";
import { defaultPlan, scenarios } from "./scenarios/scenarios.ts";

/** The command line cannot be used. `message` is one line. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

interface Output {
  /** The result as JSON. */
  readonly json: string | undefined;
  /** The report as one page. */
  readonly html: string | undefined;
}

export interface LoadOptions {
  readonly command: "load";
  readonly scenario: string;
  readonly plan: Plan;
  readonly processes: number;
  readonly during: { readonly command: string; readonly atSeconds: number } | undefined;
  readonly pids: readonly number[];
  readonly thresholds: Thresholds;
  readonly output: Output;
  /** Gathers the results of the other pods of a job, or delivers its own to the pod that gathers. */
  readonly pods:
    | { readonly gatherPort: number; readonly count: number }
    | { readonly deliverTo: string }
    | undefined;
}

export interface JoinOptions {
  readonly command: "join";
  readonly files: readonly string[];
  readonly thresholds: Thresholds;
  readonly output: Output;
}

type Kind = "text" | "count" | "seconds" | "share" | "flag";

/** Every option: what it is, and for the help what it means. */
export const optionTable = {
  url: { kind: "text", meaning: "where natter is, for example http://127.0.0.1:8080 (the default)" },
  sessions: { kind: "count", meaning: "sessions" },
  "sockets-per-session": { kind: "count", meaning: "sockets of each session: tabs, or people of a room" },
  "rate-per-second": { kind: "seconds", meaning: "messages a second of all sessions together" },
  "ramp-seconds": { kind: "seconds", meaning: "time over which the sockets are opened" },
  "duration-seconds": { kind: "seconds", meaning: "time of the load after the ramp" },
  "settle-seconds": { kind: "seconds", meaning: "how long the last acks and replies may take" },
  "answer-words": { kind: "count", meaning: "words of a reply of the demo model" },
  "answer-words-per-second": { kind: "count", meaning: "speed of the demo model; 0: at once" },
  message: { kind: "text", meaning: "what people write to a real model; unset: orders to the demo model" },
  "slow-share": { kind: "share", meaning: "share of the sockets that stop reading, from 0 to 1" },
  "slow-seconds": { kind: "seconds", meaning: "how long such a socket reads nothing" },
  from: { kind: "text", meaning: "file of a recorded day: JSON lines, see load/README.md" },
  speed: { kind: "seconds", meaning: "with --from: how many times faster than it was" },
  during: { kind: "text", meaning: "command that the shell runs in the middle of the load" },
  "during-at-seconds": {
    kind: "seconds",
    meaning: "when it runs, after the ramp; default: a third of the load",
  },
  processes: { kind: "count", meaning: "generator processes; default: one less than there are cores" },
  seed: { kind: "count", meaning: "makes the same arrivals again; default 1" },
  pids: { kind: "text", meaning: "processes of natter on this machine whose memory is watched, with commas" },
  "max-connect-p99-ms": { kind: "seconds", meaning: "threshold" },
  "max-reconnect-p99-ms": { kind: "seconds", meaning: "threshold" },
  "max-ack-p99-ms": { kind: "seconds", meaning: "threshold" },
  "max-first-p99-ms": { kind: "seconds", meaning: "threshold, for the first chunk of a reply" },
  "max-reply-p99-ms": { kind: "seconds", meaning: "threshold, for the end of a reply" },
  "max-growth-percent": { kind: "seconds", meaning: "threshold of memory; soak: 20" },
  "may-restart": { kind: "flag", meaning: "a reply may begin anew: a worker is killed, not stopped" },
  json: { kind: "text", meaning: "file for the result; `join` reads it" },
  html: { kind: "text", meaning: "file for the report with charts" },
  "gather-port": { kind: "count", meaning: "wait on this port for the results of the other pods of a job" },
  pods: { kind: "count", meaning: "with --gather-port: pods in all" },
  "deliver-to": {
    kind: "text",
    meaning: "address of the pod that gathers, for example http://load-0.load:9090",
  },
} as const satisfies Readonly<Record<string, { kind: Kind; meaning: string }>>;

type OptionName = keyof typeof optionTable;

/** Names of the options and their texts. */
type Given = Readonly<Partial<Record<OptionName, string | boolean>>>;

/** @throws OptionsError */
export function readOptions(args: readonly string[]): LoadOptions | JoinOptions {
  const { given, positionals } = parse(args);
  const [command, ...files] = positionals;
  const output = { json: textOf(given, "json"), html: textOf(given, "html") };
  if (command === "join") {
    if (files.length === 0)
      throw new OptionsError("join needs the files of results: load join a.json b.json");
    return { command, files, thresholds: thresholdsOf(given, undefined), output };
  }
  const scenario = command === undefined ? undefined : scenarios[command];
  if (command === undefined || !scenario || files.length > 0)
    throw new OptionsError(`expected one scenario: ${Object.keys(scenarios).join(", ")}, or join`);
  const plan = planOf(given, { ...defaultPlan, ...scenario.plan });
  const duringText = textOf(given, "during");
  if (scenario.needs !== undefined && duringText === undefined)
    throw new OptionsError(`${command} needs --during: ${scenario.needs}`);
  const atSeconds = numberOf(given, "during-at-seconds") ?? plan.durationSeconds / 3;
  return {
    command: "load",
    scenario: command,
    plan,
    processes: numberOf(given, "processes") ?? Math.max(1, availableParallelism() - 1),
    during: duringText === undefined ? undefined : { command: duringText, atSeconds },
    pids: pidsOf(given),
    thresholds: thresholdsOf(given, command),
    output,
    pods: podsOf(given),
  };
}

/** Scenarios and options, one a line. */
export function help(): string {
  const lines = Object.entries(scenarios).map(([name, { meaning, needs }]) =>
    line(name, needs === undefined ? meaning : `${meaning}; needs --during: ${needs}`),
  );
  const options = Object.entries(optionTable).map(([name, { meaning }]) => line(`--${name}`, meaning));
  return [
    "pnpm load SCENARIO [options]      or: pnpm load join RESULT.json…",
    "",
    ...lines,
    "",
    ...options,
    "",
    "It ends with 0 if all thresholds were kept, with 1 if one was missed, with 2 if it could not run.",
  ].join("\n");
}

function line(name: string, meaning: string): string {
  return `  ${name.padEnd(26)} ${meaning}`;
}

function parse(args: readonly string[]): { given: Given; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries(optionTable).map(([name, { kind }]) => [
      name,
      { type: kind === "flag" ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  try {
    // pnpm hands over the `--` that people put before options.
    const own = args.filter((arg) => arg !== "--");
    const { values, positionals } = parseArgs({ args: own, options, allowPositionals: true });
    return { given: values, positionals };
  } catch (error) {
    throw new OptionsError((error as Error).message.split(". ")[0] ?? "");
  }
}

function planOf(given: Given, base: Omit<Plan, "url" | "run" | "seed">): Plan {
  const url = (textOf(given, "url") ?? "http://127.0.0.1:8080").replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]+$/.test(url))
    throw new OptionsError(`--url is malformed: expected http://host:port, not ${url}`);
  const plan: Plan = {
    url,
    run: randomBytes(4).toString("hex"),
    seed: numberOf(given, "seed") ?? 1,
    sessions: numberOf(given, "sessions") ?? base.sessions,
    socketsPerSession: numberOf(given, "sockets-per-session") ?? base.socketsPerSession,
    rampSeconds: numberOf(given, "ramp-seconds") ?? base.rampSeconds,
    durationSeconds: numberOf(given, "duration-seconds") ?? base.durationSeconds,
    ratePerSecond: numberOf(given, "rate-per-second") ?? base.ratePerSecond,
    answerWords: numberOf(given, "answer-words") ?? base.answerWords,
    answerWordsPerSecond: numberOf(given, "answer-words-per-second") ?? base.answerWordsPerSecond,
    message: textOf(given, "message"),
    slowShare: numberOf(given, "slow-share") ?? base.slowShare,
    slowSeconds: numberOf(given, "slow-seconds") ?? base.slowSeconds,
    settleSeconds: numberOf(given, "settle-seconds") ?? base.settleSeconds,
    recorded: undefined,
  };
  if (plan.sessions < 1 || plan.socketsPerSession < 1)
    throw new OptionsError("--sessions and --sockets-per-session are at least 1");
  const from = textOf(given, "from");
  return from === undefined ? plan : withRecordedDay(plan, from, numberOf(given, "speed") ?? 1);
}

/** The recorded sessions take the place of those of the scenario. */
function withRecordedDay(plan: Plan, path: string, speed: number): Plan {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new OptionsError(`--from cannot be read: ${(error as Error).message}`);
  }
  const day = readRecordedDay(text, { speed, answerWords: plan.answerWords });
  if (typeof day === "string") throw new OptionsError(`--from ${path}: ${day}`);
  const lastMs = day.arrivals.at(-1)?.atMs ?? 0;
  return {
    ...plan,
    sessions: day.sessions,
    durationSeconds: Math.ceil(lastMs / 1_000),
    recorded: day.arrivals,
  };
}

function thresholdsOf(given: Given, scenario: string | undefined): Thresholds {
  return {
    maxConnectP99Ms: numberOf(given, "max-connect-p99-ms"),
    maxReconnectP99Ms: numberOf(given, "max-reconnect-p99-ms"),
    maxAckP99Ms: numberOf(given, "max-ack-p99-ms"),
    maxFirstP99Ms: numberOf(given, "max-first-p99-ms"),
    maxReplyP99Ms: numberOf(given, "max-reply-p99-ms"),
    maxGrowthPercent:
      numberOf(given, "max-growth-percent") ??
      (scenario === "soak" && given.pids !== undefined ? 20 : undefined),
    mayRestart: given["may-restart"] === true,
  };
}

function podsOf(given: Given): LoadOptions["pods"] {
  const deliverTo = textOf(given, "deliver-to");
  if (deliverTo !== undefined) return { deliverTo };
  const gatherPort = numberOf(given, "gather-port");
  const count = numberOf(given, "pods");
  if (gatherPort === undefined) return undefined;
  if (count === undefined) throw new OptionsError("--gather-port needs --pods");
  return { gatherPort, count };
}

function pidsOf(given: Given): number[] {
  const items = (textOf(given, "pids") ?? "").split(",").filter((item) => item !== "");
  if (items.some((item) => !/^[1-9]\d*$/.test(item)))
    throw new OptionsError("--pids is malformed: expected numbers with commas");
  return items.map(Number);
}

function textOf(given: Given, name: OptionName): string | undefined {
  const value = given[name];
  return typeof value === "string" && value !== "" ? value : undefined;
}

function numberOf(given: Given, name: OptionName): number | undefined {
  const text = textOf(given, name);
  if (text === undefined) return undefined;
  const { kind } = optionTable[name];
  const pattern = kind === "count" ? /^\d+$/ : /^\d+(?:\.\d+)?$/;
  const value = Number(text);
  if (!pattern.test(text) || (kind === "share" && value > 1))
    throw new OptionsError(
      `--${name} is malformed: expected ${kind === "count" ? "a whole number" : kind === "share" ? "a number from 0 to 1" : "a number"}, not ${text}`,
    );
  return value;
}
