/** A page of somebody else's, in the browser of a person who uses natter. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { openBrowser, reachNatter, type ReachedNatter } from "@natter/testing";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

let natter: ReachedNatter;
let browser: Browser | undefined;
let foreign: Server;

beforeAll(async () => {
  browser = await openBrowser();
  natter = await reachNatter();
  foreign = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end("<title>foreign</title>"),
  );
  await new Promise<void>((resolve) => foreign.listen(0, "127.0.0.1", resolve));
}, 900_000);
afterAll(async () => {
  await browser?.close();
  foreign.close();
  await natter?.[Symbol.asyncDispose]();
});

/** What a script of the page at `address` reaches of natter: its sockets, streams, reads and writes. */
async function reach(address: string): Promise<readonly boolean[]> {
  if (!browser) throw new Error("no browser");
  const context = await browser.newContext();
  const page = await context.newPage();
  // The person uses natter, and so has its cookie, which a browser sends to every port of a host.
  await page.goto(natter.url);
  await page.goto(address);
  const found = await page.evaluate(tryAll, natter.url);
  await context.close();
  return found;
}

/** Runs in the page. */
async function tryAll(url: string): Promise<boolean[]> {
  const targets = [
    new WebSocket(`${url.replace("http", "ws")}/ws/chat/foreign/`),
    new EventSource(`${url}/api/sessions/foreign/events`),
  ];
  const heard = targets.map(
    async (target) =>
      new Promise<boolean>((resolve) => {
        target.addEventListener("message", () => resolve(true));
        target.addEventListener("error", () => resolve(false));
      }),
  );
  const ping = { method: "POST", body: '{"type":"ping"}', headers: { "content-type": "application/json" } };
  const requests = [fetch(`${url}/api/sessions`), fetch(`${url}/api/sessions/foreign/frames`, ping)];
  const answered = (await Promise.allSettled(requests)).map(
    (request) => request.status === "fulfilled" && request.value.ok,
  );
  return [...(await Promise.all(heard)), ...answered];
}

test("a page of another port of the same host reaches nothing, and natter's own page everything", async ({
  skip,
}) => {
  if (!browser) return skip("no browser");
  const { port } = foreign.address() as AddressInfo;
  expect(await reach(`http://127.0.0.1:${port}/`)).toEqual([false, false, false, false]);
  expect(await reach(`http://localhost:${port}/`)).toEqual([false, false, false, false]);
  expect(await reach(`${natter.url}/`)).toEqual([true, true, true, true]);
});
