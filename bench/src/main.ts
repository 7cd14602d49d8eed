/** `pnpm bench`: natter beside a bare ws server, driven by the same client, fed by the same model. */
import { BareSystem } from "./bare-system.ts";
import { NatterSystem } from "./natter-system.ts";
import { readOptions, usage, type Options } from "./options.ts";
import { describeMachine, describeRatios, describeRound, heading } from "./report.ts";
import { playRound, type RoundResult } from "./round.ts";

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const options = readOptionsOrExit();
// The model is the demo model for both; a real provider would measure itself.
delete process.env["OPENAI_API_KEY"];
delete process.env["OPENAI_BASE_URL"];

say(describeMachine(options.rate));
say(heading);
for (const sessions of options.sessions) {
  const bare = await play(sessions, await BareSystem.start());
  const natter = await play(sessions, await NatterSystem.start(sessions));
  say(describeRatios(natter, bare));
}

async function play(sessions: number, system: BareSystem | NatterSystem): Promise<RoundResult> {
  await using running = system;
  const result = await playRound(running, { ...options, sessions });
  say(describeRound(result));
  return result;
}

function readOptionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "bad options"}\n\n${usage}`);
    process.exit(1);
  }
}
