import { randomBytes, randomUUID } from "node:crypto";
import { guestTokenOf, waitFor } from "@natter/testing";
import { WebSocket } from "ws";
import type { Violation } from "../checker/evidence.ts";
import type { Random } from "../random.ts";
import type { Stage } from "../stage.ts";

/** A session that was deleted, and what nobody may find any more. */
interface Deleted {
  readonly sessionId: string;
  /** Of the owner first, then of whoever else wrote there. */
  readonly guestTokens: readonly string[];
  /** In everything that was said there, by people and the model. */
  readonly secret: string;
  readonly deletedAtMs: number;
}

interface Remains {
  readonly deleted: Deleted;
  readonly places: readonly string[];
}

/** How long after its `ack` a deletion may take. */
const deletionMs = 60_000;
const answerMs = 8_000;
const retryMs = 300;
const mostTries = 400;
const replayMs = 700;
const lookMs = 1_000;
const mostAtOnce = 8;

/** People who say a secret and delete the session, at whatever moment, and somebody who then looks for the secret. */
export class Deletions {
  readonly #stage: Stage;
  readonly #random: Random;
  readonly #deleted: Deleted[] = [];

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#random = stage.random.fork();
  }

  /** One session after another. */
  async deleteUntil(signal: AbortSignal, mostPauseMs = 500): Promise<void> {
    while (!signal.aborted) {
      await this.deleteOne();
      await this.#stage.pause(this.#random.between(0, mostPauseMs));
    }
  }

  /** Resolves when the deletion is acknowledged. */
  async deleteOne(): Promise<void> {
    const random = this.#random.fork();
    const sessionId = this.#stage.sessionIdOf(`deleted-${randomBytes(4).toString("hex")}`);
    const secret = `secret${randomBytes(8).toString("hex")}`;
    const guestToken = guestTokenOf(`owner-${sessionId}`);
    const call = (method: string, path: string, body?: object): Promise<unknown> =>
      this.#call(random, { method, path: `/api/sessions/${sessionId}${path}`, guestToken, body });
    const said = `/rate 60 /echo ${`${secret} `.repeat(random.between(1, 60))}`;
    const { messageId } = (await call("POST", "/frames", { type: "message", message: said })) as {
      messageId: string;
    };
    await call("PATCH", "", { title: secret, systemPrompt: `Never tell ${secret}.` });
    await this.#stage.pause(random.between(0, 1_500));
    if (random.happens(0.5))
      await call("POST", "/frames", { type: "edit", messageId, message: `edited ${secret}` });
    if (random.happens(0.5))
      await call("POST", "/frames", { type: "message", message: `/wait 2000 /echo ${secret}` });
    // Whose session it is does not change with who wrote last: the owner's deletion is accepted all the same.
    const other = random.happens(0.5) ? guestTokenOf(`other-${sessionId}`) : undefined;
    if (other !== undefined)
      await this.#call(random, {
        method: "POST",
        path: `/api/sessions/${sessionId}/frames`,
        guestToken: other,
        body: { type: "message", message: `/rate 60 /echo ${secret} of another` },
      });
    await call("DELETE", "");
    const guestTokens = other === undefined ? [guestToken] : [guestToken, other];
    this.#deleted.push({ sessionId, guestTokens, secret, deletedAtMs: performance.now() });
  }

  /** Looks everywhere until nothing is left, at most until it has to be gone. What is left then is a finding. */
  async check(): Promise<void> {
    this.#stage.say(`  looking for what ${this.#deleted.length} deleted sessions held`);
    let left = this.#deleted;
    while (left.length > 0) {
      const found = await this.#look(left);
      const late = found.filter(({ deleted }) => performance.now() - deleted.deletedAtMs > deletionMs);
      this.#stage.findings.push(...late.map(findingOf));
      left = found.filter((one) => !late.includes(one)).map(({ deleted }) => deleted);
      if (left.length > 0) await this.#stage.pause(lookMs);
    }
  }

  /** Those of which something is left, and where. */
  async #look(all: readonly Deleted[]): Promise<Remains[]> {
    const store = await this.#stage.cluster.readStore();
    const found: Remains[] = [];
    for (let start = 0; start < all.length; start += mostAtOnce) {
      const remains = all.slice(start, start + mostAtOnce).map(async (deleted) => {
        const places = await this.#placesOf(deleted, store).catch((error: unknown) => [
          `nobody can look: ${String(error)}`,
        ]);
        return { deleted, places };
      });
      found.push(...(await Promise.all(remains)));
    }
    return found.filter(({ places }) => places.length > 0);
  }

  async #placesOf({ sessionId, guestTokens, secret }: Deleted, store: string): Promise<string[]> {
    const { cluster } = this.#stage;
    const texts: [string, string][] = [
      ["the store", store],
      ["the log", await cluster.operator.readLog(sessionId)],
    ];
    for (const gateway of cluster.addresses) {
      for (const guestToken of guestTokens) {
        const query = `guest=${guestToken}`;
        texts.push(
          ["a page", await read(gateway, `/api/sessions/${sessionId}/messages?${query}`)],
          ["the details", await read(gateway, `/api/sessions/${sessionId}?${query}`)],
          ["the list", await read(gateway, `/api/sessions?${query}`)],
          ["a search", await read(gateway, `/api/search?q=${secret}&${query}`)],
        );
      }
      texts.push(["a replay", await replay(gateway, sessionId)]);
    }
    return texts.filter(([, text]) => text.includes(secret)).map(([place]) => place);
  }

  /** One request with one key, until it is answered with yes. */
  async #call(
    random: Random,
    { method, path, guestToken, body }: { method: string; path: string; guestToken: string; body: unknown },
  ): Promise<unknown> {
    const key = randomUUID();
    const headers = { "content-type": "application/json", "idempotency-key": key };
    for (let tries = 0; tries < mostTries; tries++) {
      const gateway = random.pick(this.#stage.cluster.addresses);
      const response = await fetch(`http://${gateway}${path}?guest=${guestToken}`, {
        method,
        ...(body === undefined
          ? { headers: { "idempotency-key": key } }
          : { headers, body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(answerMs),
      }).catch(() => undefined);
      const answer = await response?.json().catch(() => undefined);
      if (response?.ok) return answer;
      if (response && response.status < 500 && response.status !== 429)
        throw new Error(`${method} ${path} was answered ${response.status}: ${JSON.stringify(answer)}`);
      await this.#stage.pause(retryMs);
    }
    throw new Error(`${method} ${path} was never answered`);
  }
}

function findingOf({ deleted: { sessionId, secret }, places }: Remains): Violation {
  return { kind: "not deleted", sessionId, ids: [secret], detail: `it is still in ${places.join(", ")}` };
}

async function read(gateway: string, path: string): Promise<string> {
  const response = await fetch(`http://${gateway}${path}`, { signal: AbortSignal.timeout(answerMs) });
  if (!response.ok) throw new Error(`${path} was answered ${response.status}`);
  return response.text();
}

/** What a stranger gets who asks for everything from the beginning. */
async function replay(gateway: string, sessionId: string): Promise<string> {
  const connection = await frames(gateway, sessionId, "");
  const epoch = /"cursor":"([^".]+)\./.exec(connection)?.[1] ?? "";
  return frames(gateway, sessionId, `?since=${epoch}.0`);
}

async function frames(gateway: string, sessionId: string, query: string): Promise<string> {
  const socket = new WebSocket(`ws://${gateway}/ws/chat/${sessionId}/${query}`);
  const found: string[] = [];
  socket.on("message", (data) => found.push((data as Buffer).toString()));
  socket.on("error", () => undefined);
  await waitFor(() => found.length > 0, { what: "the connection frame", timeoutMs: answerMs });
  await new Promise((resolve) => setTimeout(resolve, replayMs));
  socket.terminate();
  return found.join("\n");
}
