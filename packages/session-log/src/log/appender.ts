import { encodeNudge, subjects, timings } from "@natter/protocol";
import type { BrokerLogger, Connection } from "../connection.ts";
import { AppendStale, LogAway } from "../errors.ts";
import type { LogRoom } from "./log-room.ts";
import type { LogStream } from "./log-stream.ts";
import { readPubAck, type PubAckOutcome } from "./pub-ack.ts";

export interface AppendOptions {
  /** `Nats-Msg-Id`: the broker takes an event with this id once within its window. */
  readonly eventId: string;
  /** The append is refused if the session's last event is another one. 0: the session has none. */
  readonly expectedLastSeq?: number;
  /** Called before every try but the first: `false` ends the append, because the broker may have forgotten the id. */
  readonly isFresh?: () => boolean;
}

export interface Appended {
  readonly seq: number;
  /** The broker had an event with this id already; `seq` is that event's. */
  readonly duplicate: boolean;
}

interface AppenderDeps {
  readonly connection: Connection;
  readonly stream: LogStream;
  readonly room: LogRoom;
  readonly logger: BrokerLogger;
}

const retryMs = 200;
/** The client refuses a request with a shorter wait for its answer, as if the request itself were malformed. */
const leastTryMs = 1;

/** Appends events. An append ends with one of three: stored, not stored, or unknown. */
export class Appender {
  readonly #deps: AppenderDeps;

  constructor(deps: AppenderDeps) {
    this.#deps = deps;
  }

  async append(sessionId: string, event: Uint8Array, options: AppendOptions): Promise<Appended> {
    const { connection, stream, room, logger } = this.#deps;
    const deadlineMs = performance.now() + timings.publishTotalMs;
    let isUnknown = false;
    for (let attempt = 0; ; attempt++) {
      const leftMs = deadlineMs - performance.now();
      if (attempt > 0 && options.isFresh?.() === false) throw new AppendStale();
      if (leftMs < leastTryMs || !(await connection.whenConnected(leftMs)))
        throw new LogAway(isUnknown ? "unknown" : "no");
      const outcome = await this.#try(subjects.log(sessionId), event, {
        ...options,
        timeoutMs: Math.min(timings.publishTryMs, leftMs),
      });
      room.note(outcome);
      if (outcome.kind === "stored") {
        const { seq, duplicate } = outcome;
        // The broker may have stored such an event without republishing it, so the gateways get a nudge.
        if (duplicate || attempt > 0) connection.publish(subjects.live(sessionId), encodeNudge(seq));
        return { seq, duplicate };
      }
      if (outcome.kind === "refused") throw isUnknown ? asUnknown(outcome.error) : outcome.error;
      if (outcome.kind === "silent") isUnknown = true;
      if (outcome.kind === "no-stream")
        await stream
          .ensure()
          .catch((error: unknown) => logger.warn({ err: error }, "the log stream cannot be looked up"));
      const waitMs = Math.min(retryMs, Math.max(0, deadlineMs - performance.now()));
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }

  async #try(
    subject: string,
    event: Uint8Array,
    { eventId, expectedLastSeq, timeoutMs }: AppendOptions & { timeoutMs: number },
  ): Promise<PubAckOutcome> {
    const headers = {
      "Nats-Msg-Id": eventId,
      ...(expectedLastSeq === undefined
        ? {}
        : { "Nats-Expected-Last-Subject-Sequence": String(expectedLastSeq) }),
    };
    return readPubAck(this.#deps.connection.request(subject, event, { headers, timeoutMs }));
  }
}

/** A refusal is about this try; an earlier one without an answer may still have been stored. */
function asUnknown(error: Error): Error {
  return error instanceof LogAway ? new LogAway("unknown", { cause: error }) : error;
}
