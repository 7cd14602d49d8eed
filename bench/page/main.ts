/** `pnpm bench:web`: what the page costs, as the browser measures it. */
import { openBrowser, SessionAuthor, startNatter } from "@natter/testing";
import { describeMachine, printLine, readOptionsOrExit, useDemoModel } from "../command.ts";
import { BenchPage } from "./bench-page.ts";
import { measureFirstPaint } from "./first-paint.ts";
import { measureMemory } from "./memory.ts";
import { readOptions, usage } from "./options.ts";
import { describeRow, heading, type Row } from "./report.ts";
import { measureScrolling } from "./scrolling.ts";
import { describeStreaming, streamAnswer, type Streaming } from "./streaming.ts";
import { measureTyping } from "./typing.ts";

const options = readOptionsOrExit(readOptions, usage);
useDemoModel();

await using natter = await startNatter();
await using browser = (await openBrowser()) ?? fail("there is no browser");
await using author = await SessionAuthor.open(await natter.brokerUrl());
let isTooLarge = false;

printLine(describeMachine(`Chromium ${browser.version()}`));
printLine(heading);
if (options.only.includes("paint")) {
  const rows = await measureFirstPaint(browser, natter.url);
  isTooLarge = rows.some(({ isMet }) => isMet === false);
  print(rows);
}
if (options.only.includes("streaming")) print(await streamAll());
if (options.only.includes("scrolling")) {
  const { scrolledMessages, scrollingSeconds } = options;
  await using page = await openSession("scrolling", scrolledMessages);
  print(await measureScrolling(page, scrolledMessages, scrollingSeconds));
}
if (options.only.includes("typing")) {
  await using page = await openSession("typing", 100);
  print(await measureTyping(page, options.typedKeys));
}
if (options.only.includes("memory")) {
  await using page = await openSession("memory", 0);
  print(await measureMemory(page, options.streamedMinutes));
}
process.exitCode = isTooLarge ? 1 : 0;

async function streamAll(): Promise<Row[]> {
  const all: Streaming[] = [];
  for (const messages of options.streamingMessages) {
    await using page = await openSession(`streaming-${messages}`, messages);
    all.push(await streamAnswer(page, messages, options.streamingSeconds));
  }
  return describeStreaming(all);
}

async function openSession(sessionId: string, messages: number): Promise<BenchPage> {
  await author.write(sessionId, messages);
  return BenchPage.open({ browser, url: natter.url, traces: options.traces }, sessionId);
}

function print(rows: readonly Row[]): void {
  for (const row of rows) printLine(describeRow(row));
}

function fail(message: string): never {
  throw new Error(message);
}
