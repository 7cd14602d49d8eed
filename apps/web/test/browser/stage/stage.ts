import { openBrowser, startNatter, type NatterOptions, type TestNatter } from "@natter/testing";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach } from "vitest";
import { ChatPage, type ChatOptions } from "./chat-page.ts";

/** All of natter and a browser, for one test file. */
export interface Stage {
  readonly natter: TestNatter;
  readonly browser: Browser;
  /** Somebody opens the page. */
  open(options?: ChatOptions): Promise<ChatPage>;
}

const installMs = 900_000;

/** Starts both before the tests of a file. Where no browser can be had the tests are skipped, loudly; CI has one. */
export function useStage(options: NatterOptions = {}): Stage {
  let natter: TestNatter | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await openBrowser();
    if (browser) natter = await startNatter(options);
  }, installMs);
  afterAll(async () => {
    await browser?.close();
    await natter?.[Symbol.asyncDispose]();
  });
  beforeEach((context) => {
    if (!browser) context.skip("no browser");
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  return {
    get natter() {
      return present(natter);
    },
    get browser() {
      return present(browser);
    },
    open: (chatOptions) => ChatPage.open(present(browser), present(natter).url, chatOptions),
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage is not set yet");
  return value;
}
