import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { CarefulClient, Random, readHistory, type SessionEvidence } from "@natter/faults/witnesses";
import { guestTokenOf, waitFor } from "@natter/testing";

interface Session {
  readonly id: string;
  readonly clients: readonly CarefulClient[];
}

const settleMs = 90_000;
const historyMs = 30_000;
const mostOpenPrompts = 2;

/** People who write while something happens to natter. Each session has two people; one of them is there twice. */
export class Talk {
  readonly #address: string;
  readonly #random: Random;
  readonly #sessions: readonly Session[];
  readonly #stopping = new AbortController();
  #loops: readonly Promise<void>[] = [];

  /** @param address `<host>:<port>` of the Service */
  constructor(address: string, options: { sessions: number; seed: number }) {
    this.#address = address;
    this.#random = new Random(options.seed);
    const run = randomBytes(3).toString("hex");
    this.#sessions = Array.from({ length: options.sessions }, (_, index) => {
      const id = `drill-${run}-${index + 1}`;
      return { id, clients: ["ann", "bob", "ann"].map((person, turn) => this.#join(id, person, turn)) };
    });
  }

  /** Resolves when everybody is connected and writes. */
  async start(): Promise<void> {
    await Promise.all(this.#sessions.flatMap(({ clients }) => clients.map((client) => client.untilOpen())));
    this.#loops = this.#sessions.flatMap(({ clients }) =>
      clients.slice(0, 2).map((client) => this.#write(client, this.#random.fork())),
    );
  }

  /** Everybody says their last word and reads it. What was never answered shows in the evidence. */
  async stop(): Promise<SessionEvidence[]> {
    this.#stopping.abort();
    await Promise.all(
      this.#loops.map((loop) => Promise.race([loop, sleep(settleMs, undefined, { ref: false })])),
    );
    const isSettled = (): boolean => this.#sessions.every(({ clients }) => clients.every(hasEverything));
    await waitFor(isSettled, { what: "the last replies", timeoutMs: settleMs }).catch(() => undefined);
    const evidence: SessionEvidence[] = [];
    for (const { id, clients } of this.#sessions) {
      const history = await waitFor(
        () => readHistory(this.#address, id, guestTokenOf("history reader")).catch(() => undefined),
        { what: `the history of ${id}`, timeoutMs: historyMs },
      );
      evidence.push({ sessionId: id, journals: clients.map(({ journal }) => journal), histories: [history] });
      for (const client of clients) client.leave();
    }
    return evidence;
  }

  #join(sessionId: string, person: string, turn: number): CarefulClient {
    return new CarefulClient({
      name: `${sessionId}/${person}/${turn + 1}`,
      person,
      sessionId,
      addresses: [this.#address],
      guestToken: guestTokenOf(`${person}-${sessionId}`),
      random: this.#random.fork(),
    });
  }

  async #write(client: CarefulClient, random: Random): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await sleep(random.between(100, 900), undefined, { signal }).catch(() => undefined);
      const open = [...client.prompts].filter((id) => !client.hasSeenEndOf(id));
      if (signal.aborted || open.length >= mostOpenPrompts) continue;
      // Replies of a few hundred milliseconds to ten seconds, so that whatever happens finds some of them running.
      const words = random.happens(0.1) ? random.between(150, 300) : random.between(5, 60);
      await client.send({ type: "message", message: `/rate 30 /count ${words}` });
    }
  }
}

function hasEverything(client: CarefulClient): boolean {
  return (
    client.isOpen &&
    client.unanswered.length === 0 &&
    [...client.prompts].every((id) => client.hasSeenEndOf(id))
  );
}
