import type { Plan } from "../plan.ts";

/** A kind of load. Each number of it can be changed by an option. */
export interface Scenario {
  readonly meaning: string;
  readonly plan: Partial<Plan>;
  /** What has to be done to the deployment meanwhile; without it the scenario shows nothing. */
  readonly needs?: string;
}

/** What a scenario does not say. */
export const defaultPlan = {
  sessions: 50,
  socketsPerSession: 1,
  rampSeconds: 5,
  durationSeconds: 30,
  ratePerSecond: 0,
  answerWords: 20,
  answerWordsPerSecond: 50,
  message: undefined,
  slowShare: 0,
  slowSeconds: 5,
  settleSeconds: 60,
  recorded: undefined,
} as const satisfies Partial<Plan>;

export const scenarios: Readonly<Record<string, Scenario>> = {
  "connect-storm": {
    meaning: "everybody connects within a few seconds, as after an outage",
    plan: { sessions: 1_000, rampSeconds: 3, durationSeconds: 5 },
  },
  idle: {
    meaning: "sockets that do nothing: what a socket costs in memory (--pids)",
    plan: { sessions: 1_000, rampSeconds: 10, durationSeconds: 30 },
  },
  steady: {
    meaning: "people write to the model at a constant rate",
    plan: { sessions: 100, ratePerSecond: 10 },
  },
  tabs: {
    meaning: "one session in many tabs, each of which gets every word",
    plan: { sessions: 1, socketsPerSession: 50, ratePerSecond: 1, answerWords: 50 },
  },
  room: {
    meaning: "1,000 people in one session",
    plan: { sessions: 1, socketsPerSession: 1_000, rampSeconds: 20, ratePerSecond: 0.5, answerWords: 20 },
  },
  "slow-readers": {
    meaning: "some sockets of each session read nothing from time to time",
    plan: { sessions: 10, socketsPerSession: 5, ratePerSecond: 3, answerWords: 100, slowShare: 0.4 },
  },
  "long-answers": {
    meaning: "answers of 2,000 words, many at the same time",
    plan: { sessions: 20, ratePerSecond: 1, answerWords: 2_000, answerWordsPerSecond: 200 },
  },
  "reconnect-storm": {
    meaning: "a gateway dies, and all of its sockets come back to the others at once",
    plan: { sessions: 500, rampSeconds: 10, ratePerSecond: 5 },
    needs: "a command that kills a gateway",
  },
  deploy: {
    meaning: "people write while all processes are replaced by new ones",
    plan: { sessions: 50, ratePerSecond: 5, durationSeconds: 90, answerWords: 100, answerWordsPerSecond: 20 },
    needs: "a command that restarts the deployment in turn",
  },
  soak: {
    meaning: "an hour of people who write: memory must not grow (--pids)",
    plan: { sessions: 100, ratePerSecond: 10, durationSeconds: 3_600 },
  },
};
