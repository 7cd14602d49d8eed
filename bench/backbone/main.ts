/** `pnpm bench`: natter beside a bare ws server, driven by the same client, fed by the same model. */
import { describeMachine, printLine, readOptionsOrExit, useDemoModel } from "../command.ts";
import { readOptions, usage } from "./options.ts";
import { describeRatios, describeRound, heading } from "./report.ts";
import { playRound, type RoundResult } from "./round.ts";
import { BareSystem } from "./systems/bare-system.ts";
import { NatterSystem } from "./systems/natter-system.ts";

const options = readOptionsOrExit(readOptions, usage);
useDemoModel();
printLine(describeMachine(`${options.rate} chunks/s in each session`));
printLine(heading);
for (const sessions of options.sessions) {
  const bare = await play(sessions, await BareSystem.start());
  const natter = await play(sessions, await NatterSystem.start(sessions));
  printLine(describeRatios(natter, bare));
}

async function play(sessions: number, system: BareSystem | NatterSystem): Promise<RoundResult> {
  await using running = system;
  const result = await playRound(running, { ...options, sessions });
  printLine(describeRound(result));
  return result;
}
