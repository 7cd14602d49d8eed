import { randomBytes } from "node:crypto";
import { comparePositions, type Position } from "@natter/protocol";
import { guestTokenOf, waitFor } from "@natter/testing";
import type { Disturbance, Evidence, ProcessLog, SessionEvidence, Violation } from "./checker/evidence.ts";
import { CarefulClient } from "./clients/careful-client.ts";
import { readHistory } from "./clients/history-reader.ts";
import type { Cluster } from "./cluster/cluster.ts";
import type { Random } from "./random.ts";

export interface StageDeps {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly say: (line: string) => void;
  /** Of the scenario; becomes part of the sessions' ids. */
  readonly id: string;
  readonly patienceMs?: number;
}

export interface Session {
  readonly id: string;
  readonly clients: CarefulClient[];
}

/** Something to break, and how to mend it. */
export interface Fault {
  readonly what: string;
  readonly inject: () => void | Promise<void>;
  /** How long it lasts, or what it waits for. */
  readonly lasts: number | (() => Promise<unknown>);
  readonly heal: () => void | Promise<void>;
}

export interface Recovery {
  readonly what: string;
  readonly ms: number;
}

/** What a healed fault may take until everything that waited for it is done. */
const mostRecoveryMs = 60_000;
/**
 * A question that was lost is given up after 5 s, and what waited for it may have to ask once more. Until then words are
 * missed, although nothing is broken any more.
 */
const aftermathMs = 10_000;

/** One run on a cluster: its sessions, what is broken in it, and in the end the evidence. */
export class Stage {
  readonly cluster: Cluster;
  readonly random: Random;
  readonly sessions: Session[] = [];
  readonly recoveries: Recovery[] = [];
  /** How long it waits for anything. */
  readonly patienceMs: number;
  /** What a scenario found by itself. */
  readonly findings: Violation[] = [];
  /** Set by who puts into the log what cannot be recorded. */
  isLogPoisoned = false;
  readonly #deps: StageDeps;
  readonly #disturbances: Disturbance[] = [];
  readonly #before: ReadonlyMap<string, { lines: number; deaths: number }>;
  readonly #run = randomBytes(3).toString("hex");

  constructor(deps: StageDeps) {
    this.#deps = deps;
    this.cluster = deps.cluster;
    this.random = deps.random;
    this.patienceMs = deps.patienceMs ?? mostRecoveryMs;
    this.#before = new Map(
      deps.cluster.parts.map(({ name, lines, deaths }) => [
        name,
        { lines: lines.length, deaths: deaths.length },
      ]),
    );
  }

  say(line: string): void {
    this.#deps.say(line);
  }

  /** An id that no other run has. */
  sessionIdOf(name: string): string {
    return `${this.#deps.id}-${this.#run}-${name}`.replaceAll(/[^A-Za-z0-9_-]/g, "");
  }

  createSession(): Session {
    const session: Session = { id: this.sessionIdOf(String(this.sessions.length + 1)), clients: [] };
    this.sessions.push(session);
    return session;
  }

  /** @param first which gateway it takes first @param person clients of one person have one identity */
  join(
    session: Session,
    options: { first?: number; person?: string; addresses?: string[] } = {},
  ): CarefulClient {
    const { first = session.clients.length, person = `person${session.clients.length + 1}` } = options;
    const all = options.addresses ?? this.cluster.addresses;
    const turn = first % all.length;
    const client = new CarefulClient({
      name: `${session.id}/${person}/${session.clients.length + 1}`,
      person,
      sessionId: session.id,
      addresses: [...all.slice(turn), ...all.slice(0, turn)],
      guestToken: tokenOf(session, person),
      random: this.random.fork(),
    });
    session.clients.push(client);
    return client;
  }

  /** A session with a client at each gateway, both connected. */
  async pair(): Promise<{ session: Session; near: CarefulClient; far: CarefulClient }> {
    const session = this.createSession();
    const near = this.join(session, { first: 0 });
    const far = this.join(session, { first: 1 });
    await Promise.all([near.untilOpen(), far.untilOpen()]);
    return { session, near, far };
  }

  async pause(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }

  /** Breaks something, waits, mends it, and waits until everything that waited for it is done. */
  async fault(fault: Fault): Promise<void> {
    await this.recover(await this.breakIt(fault));
  }

  /** Breaks and mends. */
  async breakIt({ what, inject, lasts, heal }: Fault): Promise<Omit<Disturbance, "toMs">> {
    const fromMs = Date.now();
    const before = this.cluster.upsets;
    this.say(`${clock()} fault: ${what}`);
    await inject();
    if (typeof lasts === "number") await this.pause(lasts);
    else await lasts();
    await heal();
    const at = [...this.cluster.upsets].filter(([name, count]) => count !== before.get(name));
    return { what, at: at.map(([name]) => name), fromMs };
  }

  /** Measures how long it takes until what waits now is done, and a new message is answered at each gateway. */
  async recover(broken: Omit<Disturbance, "toMs">): Promise<void> {
    const { what } = broken;
    const healedAtMs = performance.now();
    const waiting = this.sessions
      .flatMap(({ clients }) => clients)
      .map((client) => ({
        client,
        sends: new Set(client.unanswered),
        prompts: [...client.prompts].filter((id) => !client.hasSeenEndOf(id)),
      }));
    const isReadUpTo = this.sessions.map((session) => ({ session, end: endOf(session) }));
    const isDone = (): boolean =>
      isReadUpTo.every(({ session, end }) => session.clients.every((client) => client.hasSeen(end))) &&
      waiting.every(
        ({ client, sends, prompts }) =>
          !client.unanswered.some((id) => sends.has(id)) && prompts.every((id) => client.hasSeenEndOf(id)),
      );
    await Promise.all([this.#probe(), waitUntil(isDone, this.patienceMs)]);
    const ms = Math.round(performance.now() - healedAtMs);
    this.recoveries.push({ what, ms });
    this.#disturbances.push({ ...broken, toMs: Date.now() + aftermathMs });
    this.say(`${clock()} recovered from ${what} in ${(ms / 1_000).toFixed(1)} s`);
  }

  /** Resolves when everything that was said is answered and seen by everybody. */
  async settle(): Promise<boolean> {
    return waitUntil(() => this.sessions.every(isSettled), this.patienceMs);
  }

  /** Everything mended, answered and seen; or it never will be, which the checker then says. */
  async finish(): Promise<Evidence> {
    await this.cluster.heal();
    await this.settle();
    const sessions: SessionEvidence[] = [];
    for (const session of this.sessions) sessions.push(await this.#evidenceOf(session));
    for (const { clients } of this.sessions) for (const client of clients) client.leave();
    return {
      sessions,
      disturbances: this.#disturbances,
      processes: this.#processLogs(),
      isLogPoisoned: this.isLogPoisoned,
    };
  }

  async #probe(): Promise<void> {
    const { near, far } = await this.pair();
    await Promise.all(
      [near, far].map(async (client) => {
        await client.send({ type: "message", message: "/rate 0 /echo are you well" });
        await waitUntil(() => [...client.prompts].every((id) => client.hasSeenEndOf(id)), this.patienceMs);
      }),
    );
  }

  async #evidenceOf({ id: sessionId, clients }: Session): Promise<SessionEvidence> {
    const histories = await Promise.all(
      this.cluster.addresses.map(async (address) =>
        waitFor(
          () => readHistory(address, sessionId, guestTokenOf("history reader")).catch(() => undefined),
          {
            what: `the history of ${sessionId}`,
            timeoutMs: 20_000,
          },
        ),
      ),
    );
    return { sessionId, journals: clients.map(({ journal }) => journal), histories };
  }

  #processLogs(): ProcessLog[] {
    return this.cluster.parts.map(({ name, lines, deaths }) => {
      const before = this.#before.get(name) ?? { lines: 0, deaths: 0 };
      return {
        name,
        lines: lines.slice(before.lines),
        deaths: deaths.slice(before.deaths).map(({ how }) => how),
      };
    });
  }
}

/** The furthest that anybody in the session has seen. */
function endOf({ clients }: Session): Position | undefined {
  return clients
    .flatMap(({ lastEvent }) => lastEvent ?? [])
    .sort(comparePositions)
    .at(-1);
}

function isSettled(session: Session): boolean {
  const end = endOf(session);
  return session.clients.every(
    (client) =>
      client.isOpen &&
      client.unanswered.length === 0 &&
      [...client.prompts].every((id) => client.hasSeenEndOf(id)) &&
      client.hasSeen(end),
  );
}

/** False if it never came true. */
export async function waitUntil(holds: () => boolean, timeoutMs: number): Promise<boolean> {
  return waitFor(holds, { what: "it", timeoutMs }).catch(() => false);
}

/** Seconds since the start of the run. */
function clock(): string {
  return `${(performance.now() / 1_000).toFixed(1).padStart(7)} s`;
}

function tokenOf(session: Session, person: string): string {
  return guestTokenOf(`${person}-${session.id}`);
}
