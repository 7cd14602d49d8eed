/**
 * Does to a natter on Kubernetes what operators and nodes do, while people write, and checks what they saw.
 *
 *   npx -y pnpm k8s:drill --context NAME [--url http://127.0.0.1:30080] [--namespace natter] [STEP…]
 *
 * It restarts and deletes pods in that context. The exit code is 1 if a promise was broken, 2 for wrong arguments.
 */
import { parseArgs } from "node:util";
import { judge } from "./drill/judge.ts";
import { Kubectl } from "./drill/kubectl.ts";
import { steps, type Step } from "./drill/steps.ts";
import { Talk } from "./drill/talk.ts";

const quietMs = 3_000;
const say = (line: string): boolean => process.stdout.write(`${line}\n`);

interface Options {
  readonly kubectl: Kubectl;
  readonly address: string;
  readonly sessions: number;
  readonly chosen: readonly Step[];
}

/** @returns whether every promise was kept */
async function play(step: Step, { kubectl, address, sessions }: Options): Promise<boolean> {
  const talk = new Talk(address, { sessions, seed: 1 });
  await talk.start();
  await pause(quietMs);
  const beganMs = performance.now();
  const thrown = await step.run(kubectl).then(
    () => [],
    (error: unknown) => [String(error)],
  );
  const seconds = Math.round((performance.now() - beganMs) / 1_000);
  await pause(quietMs);
  const { counts, faults } = judge(await talk.stop(), step);
  const all = [...thrown, ...faults];
  const numbers = Object.entries(counts).map(([name, count]) => `${name} ${count}`);
  say(`${all.length === 0 ? "good" : "BAD "} ${step.name} (${seconds} s): ${numbers.join(", ")}`);
  for (const fault of all.slice(0, 10)) say(`     ${fault}`);
  return all.length === 0;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/** @throws with one line if the arguments cannot be used */
function readOptions(): Options {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      context: { type: "string" },
      namespace: { type: "string", default: "natter" },
      url: { type: "string", default: "http://127.0.0.1:30080" },
      sessions: { type: "string", default: "6" },
    },
  });
  const known = steps.map(({ name, title }) => `  ${name.padEnd(20)} ${title}`).join("\n");
  if (values.context === undefined)
    throw new Error(`--context is missing: the name of the kubectl context. Steps:\n${known}`);
  const wrong = positionals.find((name) => !steps.some((step) => step.name === name));
  if (wrong !== undefined) throw new Error(`there is no step ${wrong}. Steps:\n${known}`);
  const sessions = Number(values.sessions);
  if (!Number.isInteger(sessions) || sessions < 1) throw new Error("--sessions needs a whole number from 1");
  return {
    kubectl: new Kubectl(values.context, values.namespace),
    address: new URL(values.url).host,
    sessions,
    chosen: positionals.length === 0 ? steps : steps.filter(({ name }) => positionals.includes(name)),
  };
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = readOptions();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  let isGood = true;
  for (const step of options.chosen) isGood = (await play(step, options)) && isGood;
  return isGood ? 0 : 1;
}

process.exitCode = await main();
