/** `pnpm load`: see load/README.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { isResult, joinResults, type Result } from "./measuring/result.ts";
import { missedThresholds } from "./measuring/thresholds.ts";
import { help, OptionsError, readOptions, type JoinOptions, type LoadOptions } from "./options.ts";
import { RunFailure, runPlan } from "./processes/coordinator.ts";
import { deliver, gather } from "./processes/pods.ts";
import { pageOf } from "./report/html.ts";
import { LiveLine } from "./report/live-line.ts";
import { tableOf } from "./report/table.ts";

const args = process.argv.slice(2);
if (args.length === 0 || args.includes("--help")) {
  process.stdout.write(`${help()}\n`);
  process.exit(args.length === 0 ? 2 : 0);
}
try {
  const options = readOptions(args);
  const result = options.command === "join" ? joinFiles(options) : await load(options);
  process.exitCode = result && report(result, options) > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof OptionsError || error instanceof RunFailure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}

/** @returns nothing if another pod reports */
async function load(options: LoadOptions): Promise<Result | undefined> {
  const { pods } = options;
  const gathering = pods && "gatherPort" in pods ? await gather(pods.gatherPort, pods.count - 1) : undefined;
  await refuseAbsent(options.plan.url);
  const line = new LiveLine(process.stdout);
  const result = await runPlan({ ...options, onSecond: (second) => line.show(second) });
  line.end();
  const { ratePerSecond, recorded } = options.plan;
  if (result.counts.sent === 0 && (ratePerSecond > 0 || recorded !== undefined) && !pods)
    throw new RunFailure("nobody sent anything: the load is too short for its rate");
  if (gathering) return joinResults([result, ...(await gathering.results)]);
  if (!pods || !("deliverTo" in pods)) return result;
  await deliver(result, pods.deliverTo);
  return undefined;
}

async function refuseAbsent(url: string): Promise<void> {
  const answer = await fetch(`${url}/readyz`).catch(() => undefined);
  if (!answer?.ok) throw new RunFailure(`no natter is ready at ${url}`);
}

function joinFiles({ files }: JoinOptions): Result {
  return joinResults(files.map(readResult));
}

/** @throws OptionsError */
function readResult(path: string): Result {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new OptionsError(`${path} is no result: ${(error as Error).message}`);
  }
  if (!isResult(value)) throw new OptionsError(`${path} is no result: --json did not write it`);
  return value;
}

/** @returns the number of missed thresholds */
function report(result: Result, { thresholds, output }: LoadOptions | JoinOptions): number {
  const missed = missedThresholds(result, thresholds);
  process.stdout.write(`\n${tableOf(result, missed)}\n`);
  if (output.json !== undefined)
    writeFileSync(output.json, `${JSON.stringify({ ...result, missed }, null, 2)}\n`);
  if (output.html !== undefined) writeFileSync(output.html, pageOf(result, missed));
  return missed.length;
}
