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

async function said(page: Page): Promise<string[]> {
  return page.locator("article div").allInnerTexts();
}

test("types a message, watches the reply stream, sees both in a second tab, and finds them after a reload and a restart", async (context) => {
  if (!browser) return context.skip("no browser");
  const tabs = await browser.newContext();
  const errors: string[] = [];
  tabs.on("weberror", (error) => errors.push(error.error().message));
  const page = await tabs.newPage();
  await page.goto(natter.url);
  await page.fill("#text", "/rate 30 /count 40");
  await page.press("#text", "Enter");
  await page.waitForSelector("article.streaming");
  const second = await tabs.newPage();
  await second.goto(page.url());
  await page.waitForFunction(
    () => document.querySelectorAll("article").length === 2 && !document.querySelector(".streaming"),
  );
  await second.waitForFunction(
    () => document.querySelectorAll("article").length === 2 && !document.querySelector(".streaming"),
  );
  const counted = Array.from({ length: 40 }, (_, index) => index + 1).join(" ");
  expect(await said(page)).toEqual(["/rate 30 /count 40", counted]);
  expect(await said(second)).toEqual(await said(page));
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("article").length === 2);
  expect(await said(page)).toEqual(["/rate 30 /count 40", counted]);

  await natter.stop();
  await natter.restart();
  // The second tab was never touched: it comes back by itself and goes on.
  await second.waitForFunction(() => document.getElementById("state")?.textContent === "Guest", undefined, {
    timeout: 40_000,
  });
  await second.fill("#text", "/rate 0 /echo 다시");
  await second.click("#send");
  await second.waitForFunction(
    () => document.querySelectorAll("article").length === 4 && !document.querySelector(".streaming"),
  );
  expect(await said(second)).toEqual(["/rate 30 /count 40", counted, "/rate 0 /echo 다시", "다시"]);
  expect(errors).toEqual([]);
});
