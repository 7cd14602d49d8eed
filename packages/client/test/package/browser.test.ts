/** The README's React page in a real browser, on a real natter: hooks, cookies, IndexedDB. */
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser, startNatter, waitFor, type TestNatter } from "@natter/testing";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { fencesOf } from "../support/fences.ts";

let natter: TestNatter;
let browser: Browser | undefined;
let tabs: BrowserContext;
let script: string;
const errors: string[] = [];

beforeAll(async () => {
  browser = await openBrowser();
  natter = await startNatter();
  script = await bundle(fencesOf(new URL("../../README.md", import.meta.url), "tsx")[0]?.code ?? "");
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await natter[Symbol.asyncDispose]();
});
beforeEach(async (context) => {
  if (!browser) return context.skip("no browser");
  errors.length = 0;
  tabs = await browser.newContext();
  tabs.on("weberror", (error) => errors.push(error.error().message));
  // On natter's own origin, as the cookie of a guest wants it.
  await tabs.route("**/app", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: '<body></body><script type="module" src="/app.js"></script>',
    }),
  );
  await tabs.route("**/app.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
});
afterEach(async () => {
  await tabs?.close();
  if (errors.length > 0) throw new Error(`the page failed: ${errors.join(", ")}`);
});

async function bundle(code: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "natter-react-"));
  try {
    // What the package's own tests can import, a page beside it can.
    await symlink(
      fileURLToPath(new URL("../../node_modules", import.meta.url)),
      join(folder, "node_modules"),
      "junction",
    );
    await writeFile(join(folder, "page.tsx"), code);
    const built = await rolldown({
      input: join(folder, "page.tsx"),
      platform: "browser",
      transform: { define: { "process.env.NODE_ENV": '"development"' } },
      resolve: { alias: { "@natter/client/react": source("react"), "@natter/client": source("index") } },
    });
    const { output } = await built.generate({ format: "esm", codeSplitting: false });
    return output[0].code;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function source(name: string): string {
  return fileURLToPath(new URL(`../../src/${name}.ts`, import.meta.url));
}

async function openPage(): Promise<Page> {
  const page = await tabs.newPage();
  await page.goto(`${natter.url}/app`);
  await page.waitForSelector("main[data-state=online]");
  return page;
}

async function send(page: Page, text: string): Promise<void> {
  await page.fill("input", text);
  await page.getByText("Send").click();
}

async function said(page: Page): Promise<string[]> {
  return page.locator("li").allTextContents();
}

test("a page sends, streams, shows the same in another tab, and finds it after a reload in the middle", async () => {
  const page = await openPage();
  const other = await openPage();
  await send(page, "/rate 20 /count 60");
  await page.waitForFunction(() => (document.querySelector("li.answer")?.textContent ?? "").length > 10);
  expect(await page.getByText("Stop").count()).toBe(1);
  await page.reload();
  const counted = Array.from({ length: 60 }, (_, index) => index + 1).join(" ");
  for (const tab of [page, other]) {
    await waitFor(async () => (await said(tab)).at(-1) === counted, { what: "the whole answer" });
    expect(await said(tab)).toEqual(["/rate 20 /count 60", counted]);
    await tab.getByText("Stop").waitFor({ state: "detached" });
  }
});

test("what is sent without a network survives a reload in IndexedDB, and is stored once", async () => {
  const page = await openPage();
  const before = await said(page);
  await tabs.setOffline(true);
  await page.waitForSelector("main[data-state=offline]");
  for (const number of [1, 2, 3]) await send(page, `/rate 0 /echo kept ${number}`);
  expect((await said(page)).slice(before.length)).toEqual(
    [1, 2, 3].map((number) => `/rate 0 /echo kept ${number}`),
  );
  await waitFor(async () => (await kept(page)) === 3, { what: "the outbox to be written" });
  await tabs.setOffline(false);
  await page.reload();
  const expected = [1, 2, 3].flatMap((number) => [`/rate 0 /echo kept ${number}`, `kept ${number}`]);
  await waitFor(async () => (await said(page)).at(-1) === "kept 3", { what: "three answers" });
  expect((await said(page)).slice(before.length)).toEqual(expected);
  await waitFor(async () => (await kept(page)) === 0, { what: "the outbox to be empty" });
  const late = await openPage();
  await waitFor(async () => (await said(late)).length === before.length + 6, {
    what: "the same in a new tab",
  });
});

test("a network that comes back is noticed at once", async () => {
  const page = await openPage();
  await tabs.setOffline(true);
  await page.waitForSelector("main[data-state=offline]");
  await tabs.setOffline(false);
  await page.waitForSelector("main[data-state=online]", { timeout: 5_000 });
  const before = (await said(page)).length;
  await send(page, "/rate 0 /echo back");
  await waitFor(async () => (await said(page)).at(-1) === "back", { what: "the answer" });
  expect((await said(page)).slice(before)).toEqual(["/rate 0 /echo back", "back"]);
});

/** How many entries the outbox has. */
async function kept(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const opening = indexedDB.open("natter-outbox");
        opening.addEventListener("error", () => reject(new Error("no database")));
        opening.addEventListener("success", () => {
          const counting = opening.result.transaction("entries").objectStore("entries").count();
          counting.addEventListener("success", () => {
            opening.result.close();
            resolve(counting.result);
          });
        });
      }),
  );
}
