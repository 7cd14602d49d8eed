/** What both benches do as commands: they read options, describe the machine, and print lines. */
import { cpus } from "node:os";

/** Prints the error and the usage, and ends the process, where `readOptions` throws. */
export function readOptionsOrExit<Options>(
  readOptions: (args: readonly string[]) => Options,
  usage: string,
): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : "bad options"}\n\n${usage}`);
    process.exit(1);
  }
}

/** A real provider would measure itself, so every process that is started from now on uses the demo model. */
export function useDemoModel(): void {
  delete process.env["OPENAI_API_KEY"];
  delete process.env["OPENAI_BASE_URL"];
}

/** @param detail what else decides about the figures */
export function describeMachine(detail: string): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() ?? "unknown";
  return `${cores.length} cores (${model}), Node ${process.versions.node}, ${detail}\n`;
}

export function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}
