import { streamName, subjects, timings } from "@natter/protocol";
import { openLog, openOwnLog, type OwnLog, waitFor } from "@natter/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AppendStale, EventTooLarge, LogAway } from "../../src/index.ts";
import { operatorOf } from "../../src/testing.ts";
import { bytesOf, collect, textOf } from "../support/bytes.ts";

const slackMs = 1_500;

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe.concurrent("an append with the broker away", () => {
  it("ends within 5 s, says that nothing is stored, and nothing is", async () => {
    await using own = await openOwnLog();
    await own.log.append("s", bytesOf({ n: 1 }), { eventId: "1" });
    await own.server.kill("SIGKILL");
    await waitFor(() => !own.connection.connected, { what: "the end of the connection" });
    const begun = performance.now();
    const failure = await failureOf(own.log.append("s", bytesOf({ n: 2 }), { eventId: "2" }));
    expect(performance.now() - begun).toBeLessThan(timings.publishTotalMs + slackMs);
    expect(failure).toBeInstanceOf(LogAway);
    expect(failure).toMatchObject({ stored: "no" });
    await own.server.restart();
    await using again = await openLog(own.server);
    expect(await collect(again.log.read("s", { after: 0 }))).toHaveLength(1);
  });

  it("is stored if the broker comes back in time", async () => {
    await using own = await openOwnLog();
    await own.server.kill("SIGKILL");
    await waitFor(() => !own.connection.connected, { what: "the end of the connection" });
    const appended = own.log.append("s", bytesOf({ n: 1 }), { eventId: "1" });
    await own.server.restart();
    expect(await appended).toMatchObject({ seq: 1 });
  });

  it("does not know the outcome if the broker is silent", async () => {
    await using own = await openOwnLog();
    await own.server.kill("SIGSTOP");
    const begun = performance.now();
    const failure = await failureOf(own.log.append("s", bytesOf({}), { eventId: "1" }));
    expect(performance.now() - begun).toBeLessThan(timings.publishTotalMs + slackMs);
    await own.server.kill("SIGCONT");
    expect(failure).toMatchObject({ name: "LogAway", stored: "unknown" });
    // Why it is unknown: it was stored after all, once.
    await waitFor(() => own.log.last("s"), { what: "the event" });
    expect(await own.log.append("s", bytesOf({}), { eventId: "1" })).toEqual({ seq: 1, duplicate: true });
  });

  it("does not try again with an id that the broker may have forgotten", async () => {
    await using own = await openOwnLog();
    await own.server.kill("SIGSTOP");
    let asked = 0;
    const isFresh = (): boolean => ++asked > 1;
    const failure = await failureOf(own.log.append("s", bytesOf({}), { eventId: "1", isFresh }));
    await own.server.kill("SIGCONT");
    expect(failure).toBeInstanceOf(AppendStale);
    expect(asked).toBe(1);
  });
});

describe("an append whose time is nearly over", () => {
  afterEach(() => vi.restoreAllMocks());

  it("is not stored, and the event is not called too large", async () => {
    await using own = await openOwnLog();
    const begunMs = performance.now();
    const nearlyOverMs = begunMs + timings.publishTotalMs - 0.5;
    vi.spyOn(performance, "now").mockReturnValue(nearlyOverMs).mockReturnValueOnce(begunMs);
    const failure = await failureOf(own.log.append("s", bytesOf({}), { eventId: "1" }));
    expect(failure).toBeInstanceOf(LogAway);
    expect(failure).not.toBeInstanceOf(EventTooLarge);
    expect(failure).toMatchObject({ stored: "no" });
  });
});

/** Takes the stream's place: answers the tries of one append with `answers`, one after another. */
async function answerTries(
  own: OwnLog,
  answers: readonly (object | undefined)[],
): Promise<{ tries: number }> {
  await operatorOf(own.log).streams.delete(streamName);
  const seen = { tries: 0 };
  own.connection.subscribe(subjects.log("s"), (message) => {
    const answer = answers[seen.tries++];
    if (answer) message.respond(bytesOf(answer));
  });
  await own.connection.flush();
  return seen;
}

const full = { error: { code: 400, err_code: 10_077, description: "maximum bytes exceeded" } };
const inProcess = {
  error: { code: 409, err_code: 10_158, description: "message with that id is in process" },
};
const stored = { stream: streamName, seq: 5 };

describe.concurrent("the answer to an append", () => {
  it.each([
    ["is a refusal: nothing is stored", [full], { stored: "no" }, 1],
    ["is a refusal after a silence: nobody knows", [undefined, full], { stored: "unknown" }, 2],
    [
      "is a conflict after a silence: the reader of the log knows",
      [undefined, { error: { err_code: 10_071 } }],
      { name: "AppendConflict" },
      2,
    ],
    ["is no PubAck at all: nothing is stored", [{}], { stored: "no" }, 1],
  ])("%s", async (_title, answers, failure, tries) => {
    await using own = await openOwnLog();
    const seen = await answerTries(own, answers);
    expect(await failureOf(own.log.append("s", bytesOf({}), { eventId: "1" }))).toMatchObject(failure);
    expect(seen.tries).toBe(tries);
  });

  it("is awaited again, with a poke in the end, while the same id is being stored", async () => {
    await using own = await openOwnLog();
    const seen = await answerTries(own, [inProcess, stored]);
    const pokes: string[] = [];
    own.connection.subscribe(subjects.live("s"), (message) => pokes.push(textOf(message.data)));
    expect(await own.log.append("s", bytesOf({}), { eventId: "1" })).toEqual({ seq: 5, duplicate: false });
    expect(seen.tries).toBe(2);
    await waitFor(() => pokes.length > 0, { what: "a poke" });
    expect(pokes).toEqual(['{"type":"poke","seq":5}']);
  });
});

describe.concurrent("the stream", () => {
  it("is made again, with a later epoch, by the append that misses it", async () => {
    await using own = await openOwnLog();
    await own.log.append("s", bytesOf({ n: 1 }), { eventId: "1" });
    const was = own.log.epoch;
    const heard: string[] = [];
    own.log.onEpoch((epoch) => heard.push(epoch));
    await operatorOf(own.log).streams.delete(streamName);
    expect(await own.log.append("s", bytesOf({ n: 2 }), { eventId: "2" })).toEqual({
      seq: 1,
      duplicate: false,
    });
    expect(heard).toEqual([own.log.epoch]);
    expect(own.log.epoch > was).toBe(true);
  });

  it("that is made twice at a time is one stream", async () => {
    await using own = await openOwnLog();
    await using other = await openLog(own.server);
    await operatorOf(own.log).streams.delete(streamName);
    await Promise.all([own.log.ensure(), own.log.ensure(), other.log.ensure()]);
    expect(own.log.epoch).toBe(other.log.epoch);
  });

  it("keeps its epoch when its limits are changed", async () => {
    await using own = await openOwnLog();
    await using other = await openLog(own.server, { maxAgeSeconds: 60 });
    expect(other.log.epoch).toBe(own.log.epoch);
    expect((await operatorOf(own.log).streams.info(streamName)).config.max_age).toBe(60 * 1e9);
  });

  it("gets a later epoch by a marker, which a change of its limits keeps, and a lower marker changes nothing", async () => {
    await using own = await openOwnLog();
    const [created] = own.log.epoch.split("-");
    await own.log.beginEpoch(7);
    expect(own.log.epoch).toBe(`${created}-7`);
    await own.log.beginEpoch(3);
    await using other = await openLog(own.server, { maxAgeSeconds: 120 });
    expect(other.log.epoch).toBe(`${created}-7`);
    expect((await own.log.bounds()).epoch).toBe(`${created}-7`);
  });

  it("survives a restart of the broker with its epoch and events", async () => {
    await using own = await openOwnLog();
    await own.log.append("s", bytesOf({ n: 1 }), { eventId: "1" });
    const was = own.log.epoch;
    await own.server.restart();
    await own.connection.whenConnected(10_000);
    await own.log.ensure();
    expect(own.log.epoch).toBe(was);
    expect(await own.log.append("s", bytesOf({ n: 1 }), { eventId: "1" })).toEqual({
      seq: 1,
      duplicate: true,
    });
  });
});
