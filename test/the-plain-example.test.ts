import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { openBrowser, startNatter, type TestNatter } from "@natter/testing";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

const file = new URL("../examples/plain/index.html", import.meta.url);
const screenfulLines = 50;
let natter: TestNatter;
let browser: Browser | undefined;
/** Serves the example, as its README says. */
let server: Server;
let origin: string;

beforeAll(async () => {
  browser = await openBrowser();
  const html = await readFile(fileURLToPath(file));
  server = createServer((_request, response) => response.setHeader("content-type", "text/html").end(html));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://localhost:${(server.address() as AddressInfo).port}`;
  natter = await startNatter({ env: { NATTER_ALLOWED_ORIGINS: origin } });
}, 900_000);
afterAll(async () => {
  await browser?.close();
  server.close();
  await natter[Symbol.asyncDispose]();
});

async function open(page: Page): Promise<void> {
  const gateway = natter.url.replace("http", "ws");
  await page.goto(`${origin}/?server=${encodeURIComponent(gateway)}&session=example`);
  await page.waitForFunction(() => document.title.startsWith("natter, "));
}

async function linesOf(page: Page, count: number, last: string): Promise<string[]> {
  await page.waitForFunction(
    ([wantedCount, wantedLast]) => {
      const lines = [...document.querySelectorAll("li")];
      return lines.length === wantedCount && lines.at(-1)?.textContent === wantedLast;
    },
    [count, last] as const,
  );
  return page.locator("li").allInnerTexts();
}

test("the plain example shows what is said and streams what is answered, to everybody", async (context) => {
  if (!browser) return context.skip("no browser");
  const [first, second] = [await browser.newPage(), await browser.newPage()];
  await open(first);
  await open(second);
  await first.fill("#text", "/echo 안녕하세요 plain");
  await first.press("#text", "Enter");
  const [said] = await linesOf(first, 2, "안녕하세요 plain");
  expect(said).toMatch(/: \/echo 안녕하세요 plain$/);
  expect(await linesOf(second, 2, "안녕하세요 plain")).toEqual(await linesOf(first, 2, "안녕하세요 plain"));
  await second.fill("#text", "/rate 50 /count 30");
  await second.press("#text", "Enter");
  // It grows in front of the reader's eyes, before it is complete.
  await first.waitForFunction(() =>
    /^1 2 3( \d+)*\s*$/.test(document.querySelectorAll("li")[3]?.textContent ?? ""),
  );
  const counted = Array.from({ length: 30 }, (_, index) => index + 1).join(" ");
  expect(await linesOf(first, 4, counted)).toHaveLength(4);
});

test("the plain example fits on a screen", async () => {
  const text = await readFile(fileURLToPath(file), "utf8");
  expect(text.split("\n").length).toBeLessThanOrEqual(screenfulLines);
});
