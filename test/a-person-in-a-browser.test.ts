import { openBrowser, startNatter, type TestNatter } from "@natter/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: TestNatter;
let browser: Browser | undefined;

beforeAll(async () => {
  browser = await openBrowser();
  natter = await startNatter();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await natter[Symbol.asyncDispose]();
});

const counted = Array.from({ length: 40 }, (_, index) => index + 1).join(" ");

async function say(page: Page, text: string): Promise<void> {
  const composer = page.getByRole("textbox", { name: "Message", exact: true });
  await composer.fill(text);
  await composer.press("Enter");
}

async function answersOf(page: Page, count: number): Promise<string[]> {
  const complete = page.locator('[data-testid="answer"][data-state="complete"]');
  await complete.nth(count - 1).waitFor({ timeout: 40_000 });
  return complete.locator(".prose-answer").allInnerTexts();
}

test("types a message, watches the reply stream, sees both in a second tab, and finds them after a reload and a restart", async (context) => {
  if (!browser) return context.skip("no browser");
  const tabs = await browser.newContext({ locale: "en-US" });
  const errors: string[] = [];
  tabs.on("weberror", (error) => errors.push(error.error().message));
  const page = await tabs.newPage();
  await page.goto(natter.url);
  await say(page, "/rate 30 /count 40");
  await page.locator('[data-testid="answer"][data-state="streaming"]').waitFor();
  const second = await tabs.newPage();
  await second.goto(page.url());
  expect(await answersOf(page, 1)).toEqual([counted]);
  expect(await answersOf(second, 1)).toEqual([counted]);
  await page.reload();
  expect(await answersOf(page, 1)).toEqual([counted]);

  await natter.stop();
  await natter.restart();
  // The second tab was never touched: it comes back by itself and goes on.
  await say(second, "/rate 0 /echo 다시");
  expect(await answersOf(second, 2)).toEqual([counted, "다시"]);
  expect(await answersOf(page, 2)).toEqual([counted, "다시"]);
  expect(errors).toEqual([]);
});
