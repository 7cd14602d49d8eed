import { setTimeout as sleep } from "node:timers/promises";
import { arrivalsOf } from "../arrivals/schedule.ts";
import { textOf } from "../clients/message-text.ts";
import { Person } from "../clients/person.ts";
import { SessionLedger } from "../clients/session-ledger.ts";
import { encodeHistograms } from "../measuring/histograms.ts";
import { Tally } from "../measuring/tally.ts";
import type { Share } from "../plan.ts";
import type { FoundMessage, SecondMessage } from "./messages.ts";

interface Session {
  readonly ledger: SessionLedger;
  readonly people: readonly Person[];
}

const lookMs = 100;
const secondMs = 1_000;
/** Sockets that stop reading take turns, so that some of them are behind at each time. */
const slowEverySeconds = 2;

/** The people of one process: it opens their sockets, sends what they intend to send, and checks what they get. */
export class LoadGenerator {
  readonly #share: Share;
  readonly #report: (message: SecondMessage) => void;
  readonly #tally = new Tally();
  readonly #sessions = new Map<number, Session>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #beginMs = performance.now();

  constructor(share: Share, report: (message: SecondMessage) => void) {
    this.#share = share;
    this.#report = report;
  }

  async run(): Promise<FoundMessage> {
    const { plan } = this.#share;
    this.#timers.push(
      setInterval(() => this.#look(), lookMs),
      setInterval(() => this.#endSecond(), secondMs),
    );
    await this.#open();
    if (plan.slowShare > 0)
      this.#timers.push(setInterval(() => this.#pauseSome(), slowEverySeconds * secondMs));
    await this.#send();
    await this.#settle();
    for (const { ledger } of this.#sessions.values()) await ledger.close();
    for (const person of this.#everybody()) {
      this.#tally.add("unacked", person.unanswered);
      if (!person.isOpen) this.#tally.add("unopened");
      person.leave();
    }
    for (const timer of this.#timers) clearInterval(timer);
    const { counts, histograms, examples } = this.#tally;
    return { type: "found", counts, histograms: encodeHistograms(histograms), examples };
  }

  /** Opens the sockets of the own sessions over the time of the ramp, each at the moment that the whole run intends for it. */
  async #open(): Promise<void> {
    const { plan, index, count } = this.#share;
    const sockets = plan.sessions * plan.socketsPerSession;
    for (let session = index; session < plan.sessions; session += count) {
      const id = `load-${plan.run}-${session}`;
      const ledger = new SessionLedger({ id, url: plan.url }, this.#tally);
      const people: Person[] = [];
      this.#sessions.set(session, { ledger, people });
      for (let socket = 0; socket < plan.socketsPerSession; socket++) {
        const name = `load ${session}-${socket}`;
        const person = new Person({ name, url: plan.url, sessionId: id, ledger, tally: this.#tally });
        people.push(person);
        const turn = session * plan.socketsPerSession + socket;
        const intendedAtMs = this.#beginMs + (turn / sockets) * plan.rampSeconds * 1_000;
        await until(intendedAtMs);
        person.connect(intendedAtMs);
      }
    }
    await until(this.#beginMs + plan.rampSeconds * 1_000);
  }

  async #send(): Promise<void> {
    const { plan } = this.#share;
    const beginMs = this.#beginMs + plan.rampSeconds * 1_000;
    let number = 0;
    for (const arrival of arrivalsOf(plan)) {
      number++;
      const session = this.#sessions.get(arrival.session);
      if (!session) continue;
      const intendedAtMs = beginMs + arrival.atMs;
      await until(intendedAtMs);
      const readers = Math.max(1, Math.floor(plan.socketsPerSession * (1 - plan.slowShare)));
      session.people[arrival.socket % readers]?.send({ ...textOf(plan, arrival, number), intendedAtMs });
    }
    await until(beginMs + plan.durationSeconds * 1_000);
  }

  /** Waits for the last acks and replies, and for the sockets that are not open. */
  async #settle(): Promise<void> {
    const deadlineMs = performance.now() + this.#share.plan.settleSeconds * 1_000;
    for (const person of this.#everybody()) person.setReading(true);
    while (performance.now() < deadlineMs) {
      const isSettled = [...this.#sessions.values()].every(
        ({ ledger, people }) =>
          ledger.open === 0 && people.every(({ isOpen, unanswered }) => isOpen && unanswered === 0),
      );
      if (isSettled) return;
      await sleep(lookMs);
    }
  }

  #look(): void {
    const nowMs = performance.now();
    for (const person of this.#everybody()) person.look(nowMs);
  }

  #endSecond(): void {
    const atSeconds = Math.round((performance.now() - this.#beginMs) / secondMs);
    this.#report({ type: "second", second: this.#tally.endSecond(atSeconds) });
  }

  /** The last sockets of each session are the slow ones. They read nothing for a while and then catch up. */
  #pauseSome(): void {
    const { plan } = this.#share;
    const slow = Math.floor(plan.socketsPerSession * plan.slowShare);
    for (const { people } of this.#sessions.values()) {
      const person = people[plan.socketsPerSession - 1 - Math.floor(Math.random() * slow)];
      person?.setReading(false);
      setTimeout(() => person?.setReading(true), plan.slowSeconds * 1_000);
    }
  }

  *#everybody(): Generator<Person, void, undefined> {
    for (const { people } of this.#sessions.values()) yield* people;
  }
}

async function until(atMs: number): Promise<void> {
  const waitMs = atMs - performance.now();
  if (waitMs > 1) await sleep(waitMs);
}
