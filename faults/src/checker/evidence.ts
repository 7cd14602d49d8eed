import type { ClientFrame, PageMessage, ServerFrame } from "@natter/protocol";

/** What one client did and saw, in the order in which it did. `at` is in ms since 1970. */
export type Entry = { readonly at: number } & (
  | { readonly kind: "opened"; readonly gateway: string; readonly since?: string }
  | { readonly kind: "sent"; readonly frame: ClientFrame & { readonly id: string } }
  | { readonly kind: "got"; readonly frame: ServerFrame }
  | { readonly kind: "closed"; readonly code: number }
  /** It was told that it missed something, and fetched the last page instead. */
  | { readonly kind: "page"; readonly cursor: string; readonly messages: readonly PageMessage[] }
);

export interface Journal {
  readonly client: string;
  readonly entries: readonly Entry[];
}

/** The whole history of a session, read through one gateway after the end. */
export interface HistoryRead {
  readonly gateway: string;
  readonly messages: readonly PageMessage[];
  /** Up to where it is complete. */
  readonly cursor: string;
}

export interface SessionEvidence {
  readonly sessionId: string;
  readonly journals: readonly Journal[];
  readonly histories: readonly HistoryRead[];
}

/** A time in which something was broken, the moments after it was healed included. */
export interface Disturbance {
  readonly what: string;
  /** The processes that did not run, or whose link to the broker was not whole: there words can be lost. */
  readonly at: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ProcessLog {
  readonly name: string;
  readonly lines: readonly string[];
  /** Ends that nobody caused. */
  readonly deaths: readonly string[];
}

/** Whether a process is one of the nats-servers: `nats`, or `nats-2` of a cluster. */
export function isBroker(name: string): boolean {
  return name === "nats" || name.startsWith("nats-");
}

export interface Evidence {
  readonly sessions: readonly SessionEvidence[];
  readonly disturbances: readonly Disturbance[];
  readonly processes: readonly ProcessLog[];
  /** Somebody put into the log what cannot be recorded. */
  readonly isLogPoisoned?: boolean;
}

export const violationKinds = [
  /** Acknowledged, and not in history or not among what caught-up clients saw. */
  "lost",
  /** One intent or one event in two places. */
  "duplicated",
  /** In history or live, and nobody sent it so. */
  "invented",
  /** Two readers, or a reader and history, disagree on the order; or a sender's order was not kept. */
  "reordered",
  /** Between two live events there is one that the client did not get. */
  "hole",
  /** A prompt without an end, a send without an answer, a client that is not caught up. */
  "unfinished",
  /** A prompt with two ends. */
  "answered twice",
  /** The end of a reply is told in two ways. */
  "end changed",
  /** What was shown is not what the end says. */
  "text differs",
  /** A reader saw less than the end says, and no gateway waited for the rest in vain, or nothing on its way was broken. */
  "cut short",
  /** Words of a lower attempt after a higher one began, or after the end. */
  "mixed attempts",
  /** The model failed, and the reply says that it did not; or the answer is not the model's. */
  "wrong answer",
  /** Two acknowledgements of one id disagree, or one disagrees with the event. */
  "untrue ack",
  /** An intent was refused for good. */
  "refused",
  /** A process died by itself, or has an exception in its log that nobody caught. */
  "crash",
] as const;

/** What a scenario finds itself, because no client sees it. */
export const findingKinds = [
  /** What was said in a deleted session is still somewhere. */
  "not deleted",
  /** One guest did their worst, and another one waited for an answer. */
  "slow for others",
  /** The guest who did it is gone, and processes go on working for them. */
  "busy afterwards",
] as const;
export type ViolationKind = (typeof violationKinds)[number] | (typeof findingKinds)[number];

export interface Violation {
  readonly kind: ViolationKind;
  readonly sessionId?: string;
  readonly client?: string;
  /** Of events, messages or client frames: what to look for in the logs. */
  readonly ids: readonly string[];
  readonly detail: string;
}
