import { startNatter, type TestNatter } from "@natter/testing";
import type { System } from "./system.ts";

/** A whole natter as `pnpm start` runs it: a gateway, a worker, persistence on SQLite, a nats-server. */
export class NatterSystem implements System {
  readonly name = "natter";
  readonly #natter: TestNatter;

  private constructor(natter: TestNatter) {
    this.#natter = natter;
  }

  static async start(): Promise<NatterSystem> {
    // As many as the most sessions of a round: what is measured is the relay, not who waits for a slot.
    return new NatterSystem(await startNatter({ env: { NATTER_WORKER_SLOTS: "10000" } }));
  }

  socketUrl(sessionId: string): string {
    return `${this.#natter.url.replace(/^http/, "ws")}/ws/chat/${sessionId}/`;
  }

  async processes(): Promise<ReadonlyMap<string, number>> {
    const measured = ["gateway", "llm-worker", "nats", "persistence"];
    const entries = await this.#natter.run();
    return new Map(
      measured.flatMap((role) => entries.filter((each) => each.role === role).map(({ pid }) => [role, pid])),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // It is in the middle of its answers, and nobody wants them any more.
    await this.#natter.killAll();
    await this.#natter[Symbol.asyncDispose]();
  }
}
