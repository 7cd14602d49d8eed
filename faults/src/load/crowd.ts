import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../random.ts";
import type { Session, Stage } from "../stage.ts";
import type { CarefulClient, Wish } from "../clients/careful-client.ts";

export interface CrowdOptions {
  readonly sessions: number;
  /** Between two acts of one person, about. */
  readonly pauseMs: number;
  /** Only messages with short answers: for numbers. */
  readonly isPlain?: boolean;
}

const mostOpenPrompts = 3;
/** Of each client. One that missed too much never sees the ends of older ones, which are long over. */
const recentPrompts = 10;
const lastWordMs = 30_000;

/** People who talk all the time, each in one session, and do everything that a client can. */
export class Crowd {
  readonly #stage: Stage;
  readonly #options: CrowdOptions;
  readonly #loops: Promise<void>[] = [];
  readonly #stopping = new AbortController();

  constructor(stage: Stage, options: CrowdOptions) {
    this.#stage = stage;
    this.#options = options;
  }

  /** Each session has two people; one of them is there twice, at both gateways. */
  async start(): Promise<void> {
    const clients: CarefulClient[] = [];
    for (let index = 0; index < this.#options.sessions; index++) {
      const session = this.#stage.createSession();
      const ann = this.#stage.join(session, { person: "ann", first: index });
      const bob = this.#stage.join(session, { person: "bob", first: index + 1 });
      const annAgain = this.#stage.join(session, { person: "ann", first: index + 1 });
      clients.push(ann, bob, annAgain);
      for (const client of [ann, bob]) this.#loops.push(this.#talk(session, client));
    }
    await Promise.all(clients.map((client) => client.untilOpen()));
  }

  /** Resolves when everybody has said their last word, answered or not. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const patience = new Promise((resolve) => setTimeout(resolve, lastWordMs).unref());
    await Promise.race([Promise.all(this.#loops), patience]);
  }

  async #talk(session: Session, client: CarefulClient): Promise<void> {
    const random = this.#stage.random.fork();
    await client.untilOpen().catch(() => undefined);
    while (!this.#stopping.signal.aborted) {
      await this.#rest(random.next() * 2 * this.#options.pauseMs);
      if (this.#stopping.signal.aborted) return;
      const open = session.clients
        .flatMap(({ prompts }) => [...prompts].slice(-recentPrompts))
        .filter((id) => !client.hasSeenEndOf(id));
      if (open.length >= mostOpenPrompts) continue;
      await this.#act(client, random);
    }
  }

  async #act(client: CarefulClient, random: Random): Promise<void> {
    if (this.#options.isPlain) {
      await client.send({ type: "message", message: `/rate 0 /count ${random.between(3, 12)}` });
      return;
    }
    if (random.happens(0.02)) return client.drop();
    if (random.happens(0.05)) return pipeline(client, random);
    const ack = await client.send({ type: "message", message: saying(random) });
    if (ack?.messageId === undefined) return;
    const { messageId } = ack;
    if (random.happens(0.05)) await this.#rest(random.between(0, 400));
    const later = afterwards(messageId, random);
    if (later) await client.send(later);
    // Only what was set can be taken back.
    if (later?.type === "reaction" && random.happens(0.3)) await client.send({ ...later, on: false });
    if (!later && random.happens(0.03)) await again(client, random);
  }

  async #rest(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }
}

/** Several at once, without waiting for an ack. */
async function pipeline(client: CarefulClient, random: Random): Promise<void> {
  const count = random.between(2, 4);
  await Promise.all(
    Array.from({ length: count }, (_, index) =>
      client.send({ type: "message", message: `/rate 0 /echo ${index + 1} of ${count}` }),
    ),
  );
}

/** The same frame once more, after its ack: the answer has to be the same. */
async function again(client: CarefulClient, random: Random): Promise<void> {
  const sent = client.journal.entries.flatMap((entry) => (entry.kind === "sent" ? [entry.frame] : []));
  const { id, ...wish } = random.pick(sent.slice(-20));
  if ("retry" in wish) delete wish.retry;
  await client.send(wish as Wish, id);
}

function saying(random: Random): string {
  const rate = random.pick([0, 0, 50, 100, 300]);
  const plain = `/rate ${rate} /count ${random.between(1, 40)}`;
  if (random.happens(0.8)) return plain;
  return random.pick([
    "/rate 200 /korean",
    "/rate 0 /empty",
    "/rate 200 /split /korean",
    `/rate 300 /echo ${"long ".repeat(random.between(1, 400))}end`,
    "/rate 0 /markdown 3",
    `/reasoning 5 ${plain}`,
    `/odd /reasoning 3 ${plain}`,
    `/think 5 ${plain}`,
    `/thinkend 5 ${plain}`,
    `/open ${plain}`,
    `/strict ${plain}`,
    `/fail 500 1 ${plain}`,
    `/fail 400 ${plain}`,
    `/cut ${random.between(0, 3)} ${plain}`,
    `/reset ${random.between(0, 3)} ${plain}`,
    `/badjson ${random.between(0, 3)} ${plain}`,
    `/error ${random.between(0, 3)} ${plain}`,
    `/length 2 ${plain}`,
    `/late 500 ${plain}`,
    `/wait 300 ${plain}`,
  ]);
}

function afterwards(messageId: string, random: Random): Wish | undefined {
  const chance = random.next();
  const reply = `${messageId}.${messageId}`;
  if (chance < 0.06) return { type: "stop", messageId: random.happens(0.5) ? messageId : reply };
  if (chance < 0.1) return { type: "edit", messageId, message: "/rate 100 /count 12", reply: true };
  if (chance < 0.13) return { type: "edit", messageId, message: "said in other words" };
  if (chance < 0.17) return { type: "regenerate", messageId: random.happens(0.5) ? messageId : reply };
  if (chance < 0.2) return { type: "delete", messageId };
  if (chance < 0.23) return { type: "reaction", messageId, emoji: "🎉", on: true };
  return undefined;
}
