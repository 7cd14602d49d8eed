import { encodeFrame } from "@natter/protocol";
import { describe, expect, it } from "vitest";
import { Subscriber, type Sink } from "../src/subscriber.ts";
import { messageEvent, replyFrames } from "./world.ts";

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

describe("a reader that joins", () => {
  it("is not told the words of a reply whose end it was sent, or had before", () => {
    const sink = new RecordingSink();
    const subscriber = new Subscriber(sink, 10_000);
    let relayed = 4;
    subscriber.deliverChunk(...chunk(reply, 0));
    subscriber.startAt(7, {}, { isBehind: () => relayed < 7, isFinished: () => false });
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

  it("is not told the words of an attempt whose first ones it cannot be told, until it can", () => {
    const sink = new RecordingSink();
    const subscriber = new Subscriber(sink, 10_000);
    const untold = { id: reply.chunk(0).id, attempt: 1 };
    subscriber.deliverChunk(...chunk(reply, 3));
    subscriber.startAt(2, { untold }, { isBehind: () => false, isFinished: () => false });
    subscriber.goLive();
    subscriber.deliverChunk(...chunk(reply, 4));
    expect(sink.sent).toEqual([]);
    const text = { type: "ai_text", id: untold.id, attempt: 1, n: 5, text: "" };
    subscriber.deliverText(encodeFrame(text), { ...untold, n: 5 });
    for (const n of [5, 6]) subscriber.deliverChunk(...chunk(reply, n));
    expect(sink.sent).toEqual([`ai_text ${untold.id} 5`, `ai_chunk ${untold.id} 6`]);
  });

  it("is not too slow because of what it has already", () => {
    const sink = new RecordingSink();
    const subscriber = new Subscriber(sink, 1_000);
    subscriber.startAt(50, {}, { isBehind: () => true, isFinished: () => false });
    subscriber.goLive();
    for (let seq = 1; seq <= 50; seq++) subscriber.deliverDurable(encodeFrame(messageEvent(`m${seq}`)), seq);
    expect(sink.reason).toBeUndefined();
    for (let seq = 51; seq <= 60; seq++) subscriber.deliverDurable(encodeFrame(messageEvent(`m${seq}`)), seq);
    expect(sink.reason).toBe("too_slow");
  });
});
