import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** The orders to the process of the clients. It answers each with a report. */
export type LoadOrder =
  | { readonly kind: "open"; readonly urls: readonly string[] }
  | { readonly kind: "ask"; readonly chunks: number; readonly rate: number }
  | { readonly kind: "reset" }
  | { readonly kind: "report" };

export interface LoadReport {
  /** Sessions that have received a chunk. */
  readonly streaming: number;
  /** Sockets that failed or were closed. */
  readonly failures: number;
  /** Frames with text since the last reset, and the model's tokens in them. */
  readonly frames: number;
  readonly chunks: number;
  /** From the time at which the model sent a token to its arrival. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const program = fileURLToPath(new URL("load-client.ts", import.meta.url));

/** The process of the clients. */
export class Load implements AsyncDisposable {
  readonly #child: ChildProcess = fork(program);

  async order(order: LoadOrder): Promise<LoadReport> {
    const answer = once(this.#child, "message");
    this.#child.send(order);
    const [report] = (await answer) as [LoadReport];
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}
