import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Run, type Outcome } from "./run.ts";
import { everyScenario } from "./scenarios/every-scenario.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string" },
    scenario: { type: "string", multiple: true },
    store: { type: "string", default: "sqlite" },
  },
});
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const folder = await mkdtemp(join(tmpdir(), "natter-faults-"));
say(`seed ${seed}, store ${values.store}, logs in ${folder}`);
const outcomes: Outcome[] = [];
await using run = new Run({ seed, store: values.store === "mongodb" ? "mongodb" : "sqlite", folder, say });
for (const scenario of everyScenario.filter(
  ({ id }) =>
    !values.scenario || values.scenario.some((wanted) => id === wanted || id.startsWith(`${wanted} `)),
))
  outcomes.push(await run.play(scenario));
process.exitCode = outcomes.some(({ violations }) => violations.length > 0) ? 1 : 0;
