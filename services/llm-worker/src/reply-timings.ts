/** Every wait of a worker, in milliseconds. What rests on what is said here; tests pass shorter ones. */
export interface ReplyTimings {
  /** The broker delivers an event again when it heard nothing of its holder for this long. */
  readonly ackWaitMs: number;
  /** A holder says that it works, and looks at its session's new events. A quarter of the above. */
  readonly tickMs: number;
  /** An event whose session has a living owner comes again after this. */
  readonly nakMs: number;
  /** One question to an owner. */
  readonly questionMs: number;
  /** Between two "no responders" that mean: the owner is gone. A reconnect looks like one of them. */
  readonly absenceMs: number;
  /** Nothing but silence for this long means: gone. */
  readonly silenceMs: number;
  /** How long a stopping worker waits for others to take its replies over. */
  readonly releaseMs: number;
}

export const replyTimings: ReplyTimings = Object.freeze({
  ackWaitMs: 20_000,
  tickMs: 5_000,
  nakMs: 5_000,
  questionMs: 1_000,
  absenceMs: 5_000,
  silenceMs: 20_000,
  releaseMs: 3_000,
});

/** Workers that were lost at one prompt before it is given up. */
export const maxFailures = 5;
