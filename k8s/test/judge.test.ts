import type { Journal, SessionEvidence } from "@natter/faults/witnesses";
import type { PageMessage, ServerFrame } from "@natter/protocol";
import { describe, expect, test } from "vitest";
import { judge } from "../src/drill/judge.ts";

const user = { id: "guest-ann", name: "ann" };
const sentAt = "2026-01-01T00:00:00.000Z";
const epoch = "1767225600000-0";
const clientId = "019b76da-a400-7c3e-8f00-000000000001";
const promptId = "event-1".padEnd(24, "0");
const replyId = `${promptId}.${promptId}`;

const connection: ServerFrame = {
  type: "connection",
  message: "connected",
  sessionId: "s",
  user,
  users: [user],
  cursor: `${epoch}.0`,
  recovered: false,
  replies: [],
  limits: { frameBytes: 65_536, pendingFrames: 64 },
  heartbeatMs: 25_000,
};
const stored = { user, sentAt } as const;
const message = {
  ...stored,
  type: "message",
  id: promptId,
  clientId,
  message: "/echo 1 2",
  is_user: true,
  seq: 1,
} as const;
const ack: ServerFrame = { type: "ack", id: clientId, messageId: promptId, seq: 1 };

function start(attempt: number): ServerFrame {
  const place = { seq: attempt + 1, prev: attempt };
  return {
    ...stored,
    type: "ai_start",
    id: replyId,
    promptId,
    messageId: promptId,
    attempt,
    claim: `c${attempt}`,
    model: "demo",
    ...place,
  };
}

function chunk(attempt: number, text: string): ServerFrame {
  return { type: "ai_chunk", id: replyId, attempt, n: 0, chunk: text };
}

function complete(attempt: number, chunks: number, text: string) {
  const place = { seq: attempt + 2 } as const;
  return {
    ...stored,
    type: "ai_complete",
    id: replyId,
    promptId,
    messageId: promptId,
    attempt,
    chunks,
    message: text,
    finishReason: "stop",
    model: "demo",
    ...place,
  } as const;
}

/** One client says one thing and sees these frames of its reply. History has the end. */
function session(end: ReturnType<typeof complete>, ...frames: readonly ServerFrame[]): SessionEvidence {
  const got = [connection, { ...message, prev: 0 }, ack, ...frames, { ...end, prev: end.seq - 1 }];
  const entries: Journal["entries"] = [
    { at: 0, kind: "opened", gateway: "gateway" },
    { at: 1, kind: "sent", frame: { type: "message", id: clientId, message: "/echo 1 2" } },
    ...got.map((frame, index) => ({ at: 10 * (index + 1), kind: "got" as const, frame })),
  ];
  const messages: PageMessage[] = [message, end];
  return {
    sessionId: "s",
    journals: [{ client: "ann", entries }],
    histories: [{ gateway: "gateway", messages, cursor: `${epoch}.${end.seq}` }],
  };
}

const whole = session(complete(1, 1, "1 2"), start(1), chunk(1, "1 2"));
const cut = session(complete(1, 2, "1 2"), start(1), chunk(1, "1 "));
const again = session(complete(2, 1, "1 2"), start(1), start(2), chunk(2, "1 2"));

const all = { mayMissWords: true, mayBeginAgain: true } as const;

describe("the judgement of a step of the drill", () => {
  test("is good where the client saw its reply word by word", () => {
    const { counts, faults } = judge([whole], {});
    expect(faults).toEqual([]);
    expect(counts).toMatchObject({ acked: 1, replies: 1, lost: 0, "begun again": 0, "longest ack ms": 29 });
  });

  test("finds a message that history lost, whatever the step does", () => {
    const [read] = whole.histories;
    const lost = { ...whole, histories: [{ gateway: "gateway", cursor: read?.cursor ?? "", messages: [] }] };
    for (const allowed of [{}, all]) {
      const { counts, faults } = judge([lost], allowed);
      expect(counts["lost"]).toBeGreaterThan(0);
      expect(faults.join("\n")).toContain("lost: ");
    }
  });

  test("finds a reply whose reader missed words, unless the step may lose some", () => {
    expect(judge([cut], {}).faults.join("\n")).toContain("cut short: ");
    expect(judge([cut], { mayMissWords: true })).toMatchObject({ counts: { "cut short": 1 }, faults: [] });
  });

  test("finds a reply that began again, unless the step may end its worker", () => {
    expect(judge([again], { mayMissWords: true }).faults).toEqual(["1 replies began again"]);
    expect(judge([again], { mayBeginAgain: true })).toMatchObject({
      counts: { "begun again": 1 },
      faults: [],
    });
  });

  test("does not take silence for success", () => {
    expect(judge([], all).faults).toEqual(["nobody said anything"]);
  });
});
