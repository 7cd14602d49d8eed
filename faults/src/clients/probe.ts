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
    const sorted = this.#answersMs.toSorted((left, right) => left - right);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.POSITIVE_INFINITY;
    const p50 = sorted[Math.ceil(sorted.length * 0.5) - 1] ?? Number.POSITIVE_INFINITY;
    this.#stage.say(
      `  probe: ${sorted.length} answers, p50 ${p50.toFixed(0)} ms, p99 ${p99.toFixed(0)} ms, longest ${sorted.at(-1)?.toFixed(0)} ms`,
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
