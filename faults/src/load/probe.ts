import { cpuMsOf } from "../cluster/cpu-time.ts";
import { waitUntil, type Stage } from "../stage.ts";

/** What another guest may feel of what one does. */
const mostAnswerMs = 1_000;
const idleWithinMs = 10_000;
/** Of one core, more than before. */
const mostIdleShare = 0.1;
const windowMs = 2_000;
const pauseMs = 100;
const mostWaitMs = 30_000;
const messagesOfSession = 15;

/** A guest who talks while somebody else does their worst, and a watch on the processors when that is over. */
export class Probe {
  readonly #stage: Stage;
  readonly #answersMs: number[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  async during(worst: () => Promise<void>): Promise<void> {
    const idleShare = (await this.#shareOf(windowMs)) ?? 0;
    const over = new AbortController();
    const talking = this.#talkUntil(over.signal);
    await worst().finally(() => over.abort());
    await talking;
    this.#judgeAnswers();
    await this.#judgeProcessors(idleShare);
  }

  async #talkUntil(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const session = this.#stage.createSession();
      const client = this.#stage.join(session, { first: this.#stage.sessions.length });
      await client.untilOpen();
      for (let sent = 0; sent < messagesOfSession && !signal.aborted; sent++) {
        const begunMs = performance.now();
        const ack = await client.send({ type: "message", message: "/rate 0 /echo are you well" });
        const promptId = ack?.messageId ?? "";
        await waitUntil(() => client.hasSeenEndOf(promptId), mostWaitMs);
        this.#answersMs.push(performance.now() - begunMs);
        await this.#stage.pause(pauseMs);
      }
    }
  }

  #judgeAnswers(): void {
    const [p50, p99, longest] = [0.5, 0.99, 1].map((share) => percentileOf(this.#answersMs, share)) as [
      number,
      number,
      number,
    ];
    this.#stage.say(
      `  probe: ${this.#answersMs.length} answers, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`,
    );
    if (p99 < mostAnswerMs) return;
    this.#stage.findings.push({
      kind: "slow for others",
      ids: [],
      detail: `p99 of an answer: ${p99.toFixed(0)} ms`,
    });
  }

  async #judgeProcessors(idleShare: number): Promise<void> {
    const begunMs = performance.now();
    for (;;) {
      const share = await this.#shareOf(windowMs);
      const ms = performance.now() - begunMs;
      if (share === undefined) return this.#stage.say("  this system does not tell what its processes do");
      if (share <= idleShare + mostIdleShare)
        return this.#stage.say(`  idle again after at most ${(ms / 1_000).toFixed(0)} s`);
      if (ms < idleWithinMs) continue;
      const detail = `${Math.round(share * 100)} % of a core after ${Math.round(ms)} ms`;
      this.#stage.findings.push({ kind: "busy afterwards", ids: [], detail });
      return;
    }
  }

  /** What all processes together use of one core. */
  async #shareOf(ms: number): Promise<number | undefined> {
    const { parts } = this.#stage.cluster;
    const [before, begunMs] = [await cpuMsOf(parts), performance.now()];
    await this.#stage.pause(ms);
    const after = await cpuMsOf(parts);
    if (before === undefined || after === undefined) return undefined;
    return (after - before) / (performance.now() - begunMs);
  }
}

/** The smallest value that `share` of the values do not exceed; infinite if there are none. */
export function percentileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.POSITIVE_INFINITY;
}
