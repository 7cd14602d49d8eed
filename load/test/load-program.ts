import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errorOutput: string;
}

/** Runs `pnpm load` with these arguments to its end. */
export async function load(args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let [output, errorOutput] = ["", ""];
  child.stdout.on("data", (data: Buffer) => (output += data.toString()));
  child.stderr.on("data", (data: Buffer) => (errorOutput += data.toString()));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output, errorOutput })));
}
