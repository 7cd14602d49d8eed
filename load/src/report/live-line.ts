import type { Second } from "../measuring/result.ts";

/** What happens while the run goes on: one line that changes on a terminal, and a line every ten seconds elsewhere. */
export class LiveLine {
  readonly #output: NodeJS.WriteStream;

  constructor(output: NodeJS.WriteStream) {
    this.#output = output;
  }

  show({ atSeconds, sockets, sent, acked, chunks, ackP50Ms, ackP99Ms }: Second): void {
    const line = `${atSeconds} s  ${sockets} sockets  ${sent} sent/s  ${acked} acked/s  ${chunks} chunks/s  ack p50 ${ackP50Ms.toFixed(1)} p99 ${ackP99Ms.toFixed(1)} ms`;
    if (this.#output.isTTY) this.#output.write(`\r\u001B[K${line}`);
    else if (atSeconds % 10 === 0) this.#output.write(`${line}\n`);
  }

  end(): void {
    if (this.#output.isTTY) this.#output.write("\n");
  }
}
