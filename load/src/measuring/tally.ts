import { noCounts, type CountName } from "./counts.ts";
import { newHistogram, noHistograms, percentileMs, recordMs, type HistogramName } from "./histograms.ts";
import { maxExamples, type Second } from "./result.ts";

/** What one generator measures: totals, and the last second for the live line and the charts. */
export class Tally {
  readonly counts = noCounts();
  readonly histograms = noHistograms();
  readonly examples: string[] = [];
  /** Sockets that are open now. */
  sockets = 0;
  #before = noCounts();
  readonly #acks = newHistogram();

  add(name: CountName, more = 1): void {
    this.counts[name] += more;
  }

  /** Counts something that must not happen, and keeps the first few in words. */
  blame(name: CountName, what: string): void {
    this.add(name);
    if (this.examples.length < maxExamples) this.examples.push(`${name}: ${what}`);
  }

  time(name: HistogramName, ms: number): void {
    recordMs(this.histograms[name], ms);
    if (name === "ack") recordMs(this.#acks, ms);
  }

  /** What happened since the last call. */
  endSecond(atSeconds: number): Second {
    const { sent, acked, chunks } = this.counts;
    const second: Second = {
      atSeconds,
      sockets: this.sockets,
      sent: sent - this.#before.sent,
      acked: acked - this.#before.acked,
      chunks: chunks - this.#before.chunks,
      ackP50Ms: percentileMs(this.#acks, 50),
      ackP99Ms: percentileMs(this.#acks, 99),
    };
    this.#before = { ...this.counts };
    this.#acks.reset();
    return second;
  }
}
