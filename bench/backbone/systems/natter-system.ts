import { startNatter, type TestNatter } from "@natter/testing";
import type { System } from "./system.ts";

/** Sessions that one worker answers at the same time. */
const slots = 512;
const measured = ["gateway", "llm-worker", "nats", "persistence"];

/** A whole natter as `pnpm start` runs it: a gateway, workers, persistence on SQLite, a nats-server. */
export class NatterSystem implements System {
  readonly name = "natter";
  readonly #natter: TestNatter;

  private constructor(natter: TestNatter) {
    this.#natter = natter;
  }

  /** Starts as many workers as it takes to answer all sessions at the same time. */
  static async start(sessions: number): Promise<NatterSystem> {
    const workers = Math.ceil(sessions / slots);
    return new NatterSystem(
      await startNatter({ workers, env: { NATTER_WORKER_SLOTS: String(slots), NATTER_AUTO_TITLES: "off" } }),
    );
  }

  socketUrl(sessionId: string): string {
    return `${this.#natter.url.replace(/^http/, "ws")}/ws/chat/${sessionId}/`;
  }

  async processes(): Promise<ReadonlyMap<string, readonly number[]>> {
    const byRole = Map.groupBy(await this.#natter.run(), ({ role }) => role);
    return new Map(measured.map((role) => [role, (byRole.get(role) ?? []).map(({ pid }) => pid)]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Its answers still stream, and nobody needs them.
    await this.#natter.killAll();
    await this.#natter[Symbol.asyncDispose]();
  }
}
