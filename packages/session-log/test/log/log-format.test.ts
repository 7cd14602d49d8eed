import { streamName } from "@natter/protocol";
import { operatorOf } from "@natter/session-log/testing";
import { openLog, openOwnLog, type OwnLog } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

let opened: OwnLog;

beforeAll(async () => {
  opened = await openOwnLog();
});
afterAll(() => opened?.[Symbol.asyncDispose]());

async function description(): Promise<string | undefined> {
  return (await operatorOf(opened.log).streams.info(streamName)).config.description;
}

async function describeAs(text: string): Promise<void> {
  await operatorOf(opened.log).streams.update(streamName, { description: text });
}

test("log format - a new log has the format of the natter that made it", async () => {
  expect(await description()).toBe("format=1");
});

test("log format - a log without a format gets it, and keeps the marker of its epoch", async () => {
  await describeAs("marker=7");
  const { epoch } = opened.log;
  await using again = await openLog(opened.server);
  expect(await description()).toBe("format=1 marker=7");
  expect(again.log.epoch).toBe(epoch.replace(/-0$/, "-7"));
});

test("log format - a log of a later natter is refused at once, in words that name both formats", async () => {
  await describeAs("format=99 marker=7");
  await expect(openLog(opened.server)).rejects.toThrow("the log has format 99, this natter knows 1");
  expect(await description()).toBe("format=99 marker=7");
});
