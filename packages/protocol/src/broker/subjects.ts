/**
 * Every subject, stream, consumer and queue group of natter, spelled once.
 * A session id becomes part of a subject only after `isSessionId`.
 */
export const streamName = "CHAT";

export const subjects = {
  log: (sessionId: string): string => `natter.log.${sessionId}`,
  live: (sessionId: string): string => `natter.live.${sessionId}`,
  control: (sessionId: string): string => `natter.control.${sessionId}`,
  reply: (sessionId: string): string => `natter.reply.${sessionId}`,
  /** Presence sets of a session. */
  presence: (sessionId: string): string => `natter.presence.${sessionId}`,
  /** Heartbeats of gateways. */
  gateways: "natter.gateways",
  rpc: (verb: string): string => `natter.rpc.${verb}`,
  /** What the stream captures, and where it republishes it. */
  everyLog: "natter.log.*",
  republished: "natter.live.{{wildcard(1)}}",
  everyControl: "natter.control.*",
} as const;

export const consumers = {
  /** Durable pull consumer of the persistence service. */
  recorder: "recorder",
  /** Durable pull consumer of the LLM workers. */
  responder: "responder",
} as const;

/** Queue group of the persistence processes that answer questions. */
export const rpcQueue = "persistence";

/** Header of a question: how long its asker waits. A later answer is useless. */
export const waitHeader = "Natter-Wait-Ms";

/** Headers that the broker puts on a republished event. */
export const republishHeaders = { seq: "Nats-Sequence", lastSeq: "Nats-Last-Sequence" } as const;

const logPrefix = "natter.log.";
const controlPrefix = "natter.control.";

/** The session that a log subject belongs to. */
export function sessionOfLogSubject(subject: string): string {
  return subject.slice(logPrefix.length);
}

/** The session that a control subject belongs to. */
export function sessionOfControlSubject(subject: string): string {
  return subject.slice(controlPrefix.length);
}
