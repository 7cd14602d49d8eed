import { streamName } from "@natter/protocol";
import { operatorOf } from "@natter/session-log/testing";
import { openLog, openOwnLog, type OwnLog } from "@natter/testing";
import { afterEach, beforeEach, expect, test } from "vitest";

let opened: OwnLog;
let created: string;

beforeEach(async () => {
  opened = await openOwnLog();
  created = `created=${opened.log.epoch.replace("-0", "")}`;
});
afterEach(() => opened?.[Symbol.asyncDispose]());

async function description(): Promise<string | undefined> {
  return (await operatorOf(opened.log).streams.info(streamName)).config.description;
}

async function describeAs(text: string): Promise<void> {
  await operatorOf(opened.log).streams.update(streamName, { description: text });
}

test("log format - a new log has the format of the natter that made it, and the time at which the broker made it", async () => {
  const info = await operatorOf(opened.log).streams.info(streamName);
  expect(info.config.description).toBe(`format=1 created=${Date.parse(info.created)}`);
});

test("log format - a log without a format gets it, and keeps its epoch", async () => {
  await describeAs("marker=7");
  await using again = await openLog(opened.server);
  expect(await description()).toBe(`format=1 ${created} marker=7`);
  expect(again.log.epoch).toBe(opened.log.epoch.replace(/-0$/, "-7"));
});

test("log format - a log of a later natter is refused at once, in words that name both formats", async () => {
  await describeAs(`format=99 ${created}`);
  await expect(openLog(opened.server)).rejects.toThrow("the log has format 99, this natter knows 1");
  expect(await description()).toBe(`format=99 ${created}`);
});

test("epoch - a change of the limits after a restart of the broker leaves it as it is, also after the next restart", async () => {
  const { epoch } = opened.log;
  // nats-server 2.12 itself gives another `created` after these steps.
  await opened.server.restart();
  await (await openLog(opened.server, { maxAgeSeconds: 7_200 }))[Symbol.asyncDispose]();
  await opened.server.restart();
  await using again = await openLog(opened.server, { maxAgeSeconds: 7_200 });
  expect(again.log.epoch).toBe(epoch);
});
