/** What a run does. It is plain JSON: the coordinator hands a share of it to each generator process. */

export interface Plan {
  /** Base URL of the deployment, for example `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Makes the ids of sessions unique, so that a run can be repeated on the same deployment. */
  readonly run: string;
  readonly seed: number;
  readonly sessions: number;
  /** Sockets of each session. The people of a room and the tabs of one person are the same to natter. */
  readonly socketsPerSession: number;
  /** Sockets are opened over this time, at a constant rate. */
  readonly rampSeconds: number;
  /** Of the load, after the ramp. */
  readonly durationSeconds: number;
  /** Messages of all sessions together. 0: nobody writes. */
  readonly ratePerSecond: number;
  /** Words of an answer, and its speed in words a second; 0: at once. They are orders to the demo model. */
  readonly answerWords: number;
  readonly answerWordsPerSecond: number;
  /** Sent instead of an order to the demo model, with a number in front of it. */
  readonly message: string | undefined;
  /** Of the sockets, which stop reading from time to time. The sender of a session always reads. */
  readonly slowShare: number;
  /** How long such a socket reads nothing. */
  readonly slowSeconds: number;
  /** How long a run waits for the last acks and answers. */
  readonly settleSeconds: number;
  /** Arrivals that were recorded, instead of `ratePerSecond`. Sorted by time. */
  readonly recorded: readonly Arrival[] | undefined;
}

/** One message that somebody intends to send. */
export interface Arrival {
  /** Since the end of the ramp. */
  readonly atMs: number;
  /** Index of the session. */
  readonly session: number;
  /** Index of the socket in its session. */
  readonly socket: number;
  readonly answerWords: number;
}

/** The sessions of one generator: those whose index leaves this remainder. */
export interface Share {
  readonly plan: Plan;
  readonly index: number;
  readonly count: number;
}
