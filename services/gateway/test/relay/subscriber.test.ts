import { encodeFrame, limits } from "@natter/protocol";
import { expect, test } from "vitest";
import { Subscriber, type FeedPlace, type Sink } from "../../src/relay/subscriber.ts";
import { messageEvent, replyFrames } from "../support/world.ts";

const ann = { id: "guest-1", name: "Ann" };

class RecordingSink implements Sink {
  readonly sent: string[] = [];
  reason: string | undefined;

  send(frame: Uint8Array): void {
    const { type, id, n } = JSON.parse(new TextDecoder().decode(frame)) as {
      type: string;
      id: string;
      n?: number;
    };
    this.sent.push(n === undefined ? `${type} ${id}` : `${type} ${id} ${n}`);
  }

  end(reason: string): void {
    this.reason = reason;
  }
}

const reply = replyFrames("r");
const other = replyFrames("s");
const chunk = (of: typeof reply, n: number): [Uint8Array, { id: string; attempt: number; n: number }] => {
  const frame = of.chunk(n);
  return [encodeFrame(frame), { id: frame.id, attempt: 1, n }];
};

function event(seq: number): Uint8Array {
  return encodeFrame(messageEvent(`m${seq}`));
}

function feedOf(place: Partial<FeedPlace> = {}): FeedPlace {
  return { isBehind: () => false, isFinished: () => false, sendLater: () => undefined, ...place };
}

test("a reader that joins - is not told the words of a reply whose end it was sent, or had before", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 10_000);
  let relayed = 4;
  subscriber.deliverChunk(...chunk(reply, 0));
  subscriber.startAt({ position: 7, owedSeq: 0 }, {}, feedOf({ isBehind: () => relayed < 7 }));
  subscriber.goLive();
  subscriber.deliverChunk(...chunk(reply, 1));
  relayed = 5;
  subscriber.deliverDurable(encodeFrame(reply.complete(2)), 5);
  relayed = 6;
  subscriber.deliverDurable(encodeFrame(other.start()), 6);
  subscriber.deliverChunk(...chunk(other, 0));
  expect(sink.sent).toEqual([]);
  relayed = 7;
  subscriber.deliverDurable(encodeFrame(messageEvent("m")), 7);
  expect(sink.sent).toEqual(["ai_chunk s 0"]);
  subscriber.deliverChunk(...chunk(other, 1));
  subscriber.deliverDurable(encodeFrame(other.complete(2)), 8);
  expect(sink.sent).toEqual(["ai_chunk s 0", "ai_chunk s 1", "ai_complete s"]);
});

test("a reader that joins - is not told the words of an attempt whose first ones it cannot be told, until it can", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 10_000);
  const untold = { id: reply.chunk(0).id, attempt: 1 };
  subscriber.deliverChunk(...chunk(reply, 3));
  subscriber.startAt({ position: 2, owedSeq: 0 }, { untold }, feedOf());
  subscriber.goLive();
  subscriber.deliverChunk(...chunk(reply, 4));
  expect(sink.sent).toEqual([]);
  const text = { type: "ai_text", id: untold.id, attempt: 1, n: 5, text: "" };
  subscriber.deliverText(encodeFrame(text), { ...untold, n: 5 });
  for (const n of [5, 6]) subscriber.deliverChunk(...chunk(reply, n));
  expect(sink.sent).toEqual([`ai_text ${untold.id} 5`, `ai_chunk ${untold.id} 6`]);
});

test("a reader that joins - is kept nothing that it has already", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 1_000);
  subscriber.startAt({ position: 50, owedSeq: 0 }, {}, feedOf({ isBehind: () => true }));
  subscriber.goLive();
  for (let seq = 1; seq <= 50; seq++) subscriber.deliverDurable(encodeFrame(messageEvent(`m${seq}`)), seq);
  expect(subscriber.keptBytes).toBe(0);
});

test("a reader for whom too much happens while it is sent what it missed - is owed the events from the log, and gets each once and in order", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 1_000);
  subscriber.startAt({ position: 1, owedSeq: 2 }, {}, feedOf());
  for (let seq = 3; seq <= 20; seq++) {
    subscriber.deliverDurable(event(seq), seq);
    expect(subscriber.keptBytes).toBeLessThanOrEqual(1_000);
  }
  expect(subscriber.goLive()).toBe(false);
  const { owedSeq } = subscriber;
  expect(owedSeq).toBeGreaterThan(2);
  for (let seq = 2; seq <= owedSeq; seq++) subscriber.replay(seq, event(seq));
  expect(subscriber.goLive()).toBe(true);
  subscriber.deliverDurable(event(21), 21);
  expect(sink.sent).toEqual(Array.from({ length: 20 }, (_, n) => `message m${n + 2}`));
});

test("a reader for whom too much happens while it is sent what it missed - is told later what a running reply has said, and no words of it before", () => {
  const sink = new RecordingSink();
  const toldLater: object[] = [];
  const subscriber = new Subscriber(sink, ann, 1_000);
  const place = feedOf({ sendLater: (attempt) => toldLater.push(attempt) });
  subscriber.startAt({ position: 1, owedSeq: 1 }, { told: { id: "r", attempt: 1, n: 2 } }, place);
  for (let n = 3; n < 40; n++) subscriber.deliverChunk(...chunk(reply, n));
  expect(subscriber.keptBytes).toBeLessThanOrEqual(1_000);
  expect(subscriber.goLive()).toBe(true);
  expect(toldLater).toEqual([expect.objectContaining({ id: "r", attempt: 1 })]);
  subscriber.deliverChunk(...chunk(reply, 40));
  expect(sink.sent).toEqual([]);
  subscriber.deliverText(encodeFrame({ type: "ai_text", id: "r", attempt: 1, n: 40, text: "" }), {
    id: "r",
    attempt: 1,
    n: 40,
  });
  subscriber.deliverChunk(...chunk(reply, 41));
  expect(sink.sent).toEqual(["ai_text r 40", "ai_chunk r 41"]);
});

test("a reader for whom too much happens while it is sent what it missed - is not told the words of a reply whose end it read in the log", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 1_000);
  subscriber.startAt({ position: 1, owedSeq: 2 }, {}, feedOf());
  subscriber.deliverChunk(...chunk(reply, 0));
  subscriber.replay(2, encodeFrame(reply.complete(1)));
  expect(subscriber.goLive()).toBe(true);
  expect(sink.sent).toEqual(["ai_complete r"]);
});

test("a reader for whom too much happens while it is sent what it missed - is kept exactly so much as the bound says", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann);
  subscriber.startAt({ position: 1, owedSeq: 1 }, {}, feedOf());
  const empty = encodeFrame(messageEvent("m", "")).length;
  const half = limits.replayQueueBytes / 2 - empty;
  for (const seq of [2, 3]) subscriber.deliverDurable(encodeFrame(messageEvent("m", "x".repeat(half))), seq);
  expect([subscriber.keptBytes, subscriber.owedSeq]).toEqual([limits.replayQueueBytes, 1]);
  subscriber.deliverDurable(event(4), 4);
  expect([subscriber.keptBytes, subscriber.owedSeq]).toEqual([0, 4]);
});

test("a reader for whom too much happens while it is sent what it missed - still hears who came and went, but not who typed", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann, 1_000);
  subscriber.startAt({ position: 1, owedSeq: 1 }, {}, feedOf());
  const user = { id: "u", name: "Ann" };
  for (const type of ["user_join", "typing", "user_leave"])
    subscriber.deliverOther(encodeFrame({ type, user, id: "u" }));
  for (let seq = 2; seq <= 20; seq++) subscriber.deliverDurable(event(seq), seq);
  for (let seq = 2; seq <= subscriber.owedSeq; seq++) subscriber.replay(seq, event(seq));
  subscriber.goLive();
  expect(sink.sent.filter((said) => !said.startsWith("message"))).toEqual(["user_join u", "user_leave u"]);
});

test("a reader for whom too much happens while it is sent what it missed - does not get a text from what was kept that is deleted meanwhile", () => {
  const sink = new RecordingSink();
  const subscriber = new Subscriber(sink, ann);
  subscriber.startAt({ position: 1, owedSeq: 1 }, {}, feedOf());
  subscriber.deliverDurable(event(2), 2);
  subscriber.deliverDurable(encodeFrame({ ...messageEvent("d"), type: "message_deleted" }), 3);
  expect(subscriber.goLive()).toBe(false);
  expect([subscriber.owedSeq, sink.sent]).toEqual([3, []]);
});
