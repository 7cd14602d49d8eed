import { parseArgs } from "node:util";

export interface Options {
  /** Messages of the sessions in which an answer streams. */
  readonly streamingMessages: readonly number[];
  readonly streamingSeconds: number;
  readonly scrolledMessages: number;
  /** At most, for one direction. The number of turns says how far it came. */
  readonly scrollingSeconds: number;
  readonly typedKeys: number;
  /** Minutes of streaming that are played back. */
  readonly streamedMinutes: number;
  /** Folder for traces with a profile. Profiles cost time themselves. */
  readonly traces: string | undefined;
  /** The sections to measure. */
  readonly only: readonly Section[];
}

const sections = ["paint", "streaming", "scrolling", "typing", "memory"] as const;
export type Section = (typeof sections)[number];

export const usage = `pnpm bench:web [options]
  --quick           less of everything, in 90 s
  --only LIST       some of ${sections.join(",")}
  --traces FOLDER   leaves traces with profiles, for the browser's own tools
`;

const whole = {
  streamingMessages: [10, 1_000, 5_000],
  streamingSeconds: 10,
  scrolledMessages: 10_000,
  scrollingSeconds: 40,
  typedKeys: 100,
  streamedMinutes: 60,
};
const quick = {
  streamingMessages: [10, 1_000],
  streamingSeconds: 5,
  scrolledMessages: 1_000,
  scrollingSeconds: 8,
  typedKeys: 60,
  streamedMinutes: 4,
};

/** @throws TypeError with a line for the user */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", default: sections.join(",") },
      traces: { type: "string" },
    },
  });
  return {
    ...(values.quick ? quick : whole),
    traces: values.traces,
    only: values.only.split(",").map((name) => {
      const section = sections.find((known) => known === name);
      if (section === undefined) throw new TypeError(`--only: there is no "${name}"`);
      return section;
    }),
  };
}
