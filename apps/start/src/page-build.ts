import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { machineEnvironment } from "./processes/child-environment.ts";

const script = fileURLToPath(new URL("../../web/scripts/build.ts", import.meta.url));

/** Builds the page if it is missing or older than its sources. Without one the rest works, so a failure is only said. */
export class PageBuild {
  readonly #say: (line: string) => void;
  #abort = new AbortController();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  async run(): Promise<void> {
    const { signal } = this.#abort;
    const build = spawn(process.execPath, [script, "--if-stale"], {
      env: machineEnvironment(process.env),
      stdio: ["ignore", "pipe", "pipe"],
      signal,
    });
    for (const output of [build.stdout, build.stderr])
      createInterface({ input: output }).on("line", (line) => this.#say(line));
    const code = await new Promise<number | null>((resolve) => {
      build.on("error", () => resolve(null));
      build.on("close", resolve);
    });
    if (code !== 0 && !signal.aborted) this.#say("the page could not be built; everything else works");
  }

  stop(): void {
    this.#abort.abort();
  }
}
