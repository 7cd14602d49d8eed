import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";

/** A program of natter or of the benchmark in a process of its own. */
export class ChildServer {
  readonly #child: ChildProcess;

  constructor(program: string, env: Readonly<Record<string, string>>) {
    this.#child = spawn(process.execPath, [program], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "ignore", "inherit"],
    });
    // An interrupted run must not leave a server behind.
    process.once("exit", this.#reap);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async kill(): Promise<void> {
    process.off("exit", this.#reap);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  readonly #reap = (): void => void this.#child.kill("SIGKILL");
}
