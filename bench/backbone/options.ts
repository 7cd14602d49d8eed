import { parseArgs } from "node:util";

export interface Options {
  /** One round for each. */
  readonly sessions: readonly number[];
  /** How long a round is measured, once every session streams. */
  readonly seconds: number;
  /** Chunks per second that the model sends in each session. */
  readonly rate: number;
}

export const usage = `pnpm bench [options]
  --sessions LIST   sessions of each round (1,50,500,2000)
  --seconds S       how long each round is measured (8)
  --rate N          chunks a second in each session (50)
`;

/** @throws TypeError with a line for the user */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      sessions: { type: "string", default: "1,50,500,2000" },
      seconds: { type: "string", default: "8" },
      rate: { type: "string", default: "50" },
    },
  });
  return {
    sessions: values.sessions.split(",").map((text) => readCount(text, "--sessions")),
    seconds: readCount(values.seconds, "--seconds"),
    rate: readCount(values.rate, "--rate"),
  };
}

function readCount(text: string, name: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text.trim())) throw new TypeError(`${name}: "${text}" is not a positive number`);
  return Number(text);
}
