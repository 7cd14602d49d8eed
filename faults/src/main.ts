/** `pnpm test:faults`: breaks natter, and says whether it kept its promises. */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smallDiskProblem } from "./cluster/small-disk.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { Run, type Outcome } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { everyScenario } from "./scenarios/every-scenario.ts";
import { knownBad } from "./scenarios/known-bad.ts";
import { longRun, soak } from "./scenarios/soak.ts";
import { describeTotals } from "./totals.ts";

const longAmount = { messages: 20_000, replies: 5_000 };
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const options = readOptionsOrExit();
const folder = await mkdtemp(join(tmpdir(), "natter-faults-"));
say(`seed ${options.seed}, store ${options.store}, brokers ${options.brokers}, logs in ${folder}`);
const run = new Run({ ...options, folder, say });
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => void run[Symbol.asyncDispose]().then(() => process.exit(130)));
const isGood = options.isKnownBad ? await playKnownBad() : await playAll();
await run[Symbol.asyncDispose]();
say(isGood ? "\ngood" : `\nBAD: seed ${options.seed}, logs in ${folder}`);
process.exit(isGood ? 0 : 1);

async function playAll(): Promise<boolean> {
  const outcomes: Outcome[] = [];
  for (const scenario of await possible(chosen(options))) outcomes.push(await run.play(scenario));
  say(describeTotals(outcomes));
  return outcomes.length > 0 && outcomes.every(({ violations }) => violations.length === 0);
}

function chosen({ scenarios, isLong, minutes, store, brokers }: Options): Scenario[] {
  if (isLong) return [longRun(longAmount)];
  const fits = (scenario: Scenario): boolean =>
    (scenario.store ?? store) === store && (scenario.brokers ?? brokers) === brokers;
  const all = [...everyScenario.filter(fits), soak(minutes)];
  return all.filter(
    ({ id }) =>
      scenarios.length === 0 || scenarios.some((wanted) => id === wanted || id.startsWith(`${wanted} `)),
  );
}

/** Without what cannot run on this machine, unless somebody asked for it: then it fails, and says why. */
async function possible(scenarios: readonly Scenario[]): Promise<readonly Scenario[]> {
  const problem = await smallDiskProblem();
  const isImpossible = ({ hasSmallDisks = false }: Scenario): boolean =>
    hasSmallDisks && problem !== undefined;
  const out = scenarios.filter(isImpossible);
  if (out.length === 0 || options.scenarios.length > 0) return scenarios;
  say(`LEFT OUT, because ${problem}: ${out.map(({ id }) => id).join(", ")}`);
  return scenarios.filter((scenario) => !isImpossible(scenario));
}

/** A checker that finds nothing here would find nothing anywhere. */
async function playKnownBad(): Promise<boolean> {
  let isEachFound = true;
  const wanted = knownBad.filter(
    ({ breakage }) => options.scenarios.length === 0 || options.scenarios.includes(breakage),
  );
  for (const { scenario, expected } of wanted) {
    const { violations } = await run.play(scenario);
    const isFound = violations.some(({ kind }) => expected.includes(kind));
    say(`  ${isFound ? "found, as it has to be" : `NOT FOUND: ${expected.join(" or ")}`}`);
    isEachFound &&= isFound;
  }
  return isEachFound && wanted.length > 0;
}

function readOptionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "bad options"}\n\n${usage}`);
    process.exit(1);
  }
}
