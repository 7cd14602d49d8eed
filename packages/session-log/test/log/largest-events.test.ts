import { encodeFrame, jsonBytes, limits, subjects, type DurableType } from "@natter/protocol";
import {
  newSession,
  openOwnLog,
  recordingLogger,
  type OwnLog,
  largestEvents,
  largestPageMessage,
  startNatsServer,
  waitFor,
} from "@natter/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { collect } from "../support/bytes.ts";
import { Connection, EventTooLarge } from "../../src/index.ts";

let own: OwnLog;

beforeAll(async () => {
  own = await openOwnLog();
});
afterAll(async () => {
  await own?.[Symbol.asyncDispose]();
});

const types = Object.keys(largestEvents) as DurableType[];
/** The broker counts the headers of an event, too: its id, the last seq, and what a republished one is given. */
const headerBytes = 1_024;

describe("the largest event", () => {
  it.each(types)("of type %s fits one message of the broker, also with its headers", (type) => {
    const bytes = encodeFrame(largestEvents[type]).length;
    expect(bytes).toBeLessThan(limits.brokerMessageBytes - headerBytes);
  });

  it.each(types)("of type %s is stored, goes live and is read back as it is", async (type) => {
    const { connection, log } = own;
    const sessionId = newSession();
    const bytes = encodeFrame(largestEvents[type]);
    const live: Uint8Array[] = [];
    const subscription = connection.subscribe(subjects.live(sessionId), ({ data }) => live.push(data));
    const { seq } = await log.append(sessionId, bytes, { eventId: `largest-${type}`, expectedLastSeq: 0 });
    await waitFor(() => live.length > 0, { what: "the live event" });
    const read = await collect(log.read(sessionId, { after: 0 }));
    const found = [live[0], read[0]?.bytes, (await log.last(sessionId))?.bytes, (await log.at(seq))?.bytes];
    for (const each of found) expect(Buffer.from(each ?? []).equals(bytes)).toBe(true);
    subscription.unsubscribe();
  });

  it("of a reply, with all that a page says of it, is no larger than a page", () => {
    expect(jsonBytes([largestPageMessage])).toBeLessThan(limits.pageBytes - headerBytes);
  });
});

describe("an event that is larger than a message of the broker", () => {
  it("is refused at once, and nothing is stored", async () => {
    const sessionId = newSession();
    const huge = new Uint8Array(limits.brokerMessageBytes + 1);
    const refused = own.log.append(sessionId, huge, { eventId: "huge" });
    await expect(refused).rejects.toBeInstanceOf(EventTooLarge);
    expect(await own.log.last(sessionId)).toBeUndefined();
  });
});

describe("a broker", () => {
  it("that takes smaller messages than natter's is refused at start, with what to do", async () => {
    const server = await startNatsServer({ config: "max_payload: 524288" });
    const opening = Connection.open({ url: server.url, name: "test", logger: recordingLogger() });
    await expect(opening).rejects.toThrow("natter needs a max_payload of 1048576");
    await server.stop();
  });

  it("says what it takes", () => {
    expect(own.connection.maxMessageBytes).toBe(limits.brokerMessageBytes);
  });
});
