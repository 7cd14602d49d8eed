import { fileURLToPath } from "node:url";
import { ChildProgram } from "@natter/testing";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  /** Both outputs, in the order of arrival. */
  readonly output: string;
  readonly errorOutput: string;
}

/** Runs `pnpm load` with these arguments to its end. */
export async function load(args: readonly string[]): Promise<Ended> {
  const program = ChildProgram.start({ name: "load", args: [main, ...args], env: process.env });
  const { code } = await program.ended;
  return { code, output: program.output, errorOutput: program.errorOutput };
}
