import { openBrowser, startNatter, type NatterOptions, type TestNatter } from "@natter/testing";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, inject } from "vitest";
import { ChatPage, type ChatOptions } from "./chat-page.ts";
import type { SuiteNatter } from "./suite-natter.ts";

/** A natter and a browser, for the tests of one file. */
export interface Stage<Natter> {
  readonly natter: Natter;
  readonly browser: Browser;
  /** Opens the page in a browser context of its own: a person of its own. */
  open(options?: ChatOptions): Promise<ChatPage>;
}

/** Downloading a browser takes minutes. */
const installMs = 900_000;

/** The natter that the browser tests share. Their sessions and persons are their own. */
export function useStage(): Stage<SuiteNatter> {
  const browser = useBrowser();
  return stageOf(browser, () => inject("suiteNatter"));
}

/** A natter of the file's own: for tests that kill it, or that need other options. */
export function useOwnStage(options: NatterOptions): Stage<TestNatter> {
  const browser = useBrowser();
  let natter: TestNatter | undefined;
  beforeAll(async () => {
    if (browser()) natter = await startNatter(options);
  });
  afterAll(async () => natter?.[Symbol.asyncDispose]());
  return stageOf(browser, () => natter);
}

/** Starts a browser for the file. Where there is none the tests are skipped with a warning; the CI has one. */
function useBrowser(): () => Browser | undefined {
  let browser: Browser | undefined;
  beforeAll(async () => {
    browser = await openBrowser();
  }, installMs);
  afterAll(async () => browser?.close());
  beforeEach((context) => {
    if (!browser) context.skip("no browser");
  });
  afterEach(async () => {
    for (const context of browser?.contexts() ?? []) await context.close();
  });
  return () => browser;
}

function stageOf<Natter extends { readonly url: string }>(
  browser: () => Browser | undefined,
  natter: () => Natter | undefined,
): Stage<Natter> {
  return {
    get natter() {
      return present(natter());
    },
    get browser() {
      return present(browser());
    },
    open: (options) => ChatPage.open(present(browser()), present(natter()).url, options),
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the stage is used before its tests begin");
  return value;
}
