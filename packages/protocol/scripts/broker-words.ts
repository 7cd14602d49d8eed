/** What AsyncAPI has no words for: the stream, its consumers, and what natter's parts ask one another. */
import { Type } from "typebox";
import { consumers, streamName, subjects } from "../src/index.ts";

export const pokeSchema = Type.Object({
  type: Type.Optional(Type.Literal("poke")),
  seq: Type.Integer({ minimum: 0 }),
});

export const controlWords = "A durable event that withdraws prompts is in the log: look now";
export const presenceWords = "Who is in the session at one gateway; replaces what that gateway said before";
export const heartbeatWords = "A gateway lives, or says that it stops";
export const replyWords =
  "What the owner of the running reply has said so far; no responders: nobody replies";

const durablePull = {
  kind: "pull",
  durable: true,
  ackPolicy: "explicit",
  /** An event that cannot be handled comes again; only its handler decides to give up. */
  maxDeliver: -1,
} as const;

/** Limits in capitals are settings: docs/settings.md. */
export const jetstream = {
  stream: {
    name: streamName,
    subjects: [subjects.everyLog],
    storage: "file",
    retention: "limits",
    discard: "new",
    allowDirect: true,
    republish: { src: subjects.everyLog, dest: subjects.republished },
    maxAge: "NATTER_STREAM_MAX_AGE_SECONDS",
    maxBytes: "NATTER_STREAM_MAX_BYTES",
    replicas: "NATTER_STREAM_REPLICAS",
    duplicateWindow: "NATTER_DEDUPE_WINDOW_SECONDS",
    description:
      "`format=<n> created=<ms>`: the version of the format, and when the stream was made; after a restore also `marker=<n>`, which begins a new epoch",
  },
  publishHeaders: {
    "Nats-Msg-Id": "The event's id; start:<promptId>:<attempt> of ai_start, done:<promptId> of ai_complete",
    "Nats-Expected-Last-Subject-Sequence": "The session's last seq, where nothing may come in between",
  },
  consumers: {
    [consumers.recorder]: { ...durablePull, of: "persistence", starts: "at the first event" },
    [consumers.responder]: {
      ...durablePull,
      of: "llm-worker",
      starts:
        "at the earliest open prompt of the store, else after what it has applied, else at the first event",
      ackWaitSeconds: 20,
      workingEverySeconds: 5,
    },
  },
} as const;
