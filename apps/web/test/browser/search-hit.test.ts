import { ChatClient, SessionAuthor } from "@natter/testing";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { settled } from "./stage/settled.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

function marked(chat: ChatPage): Locator {
  return chat.list.locator("[data-found]");
}

/** Searches for the words until `hit` is shown: the server finds a message only after it is recorded. */
async function searchUntil(chat: ChatPage, words: string, hit: Locator): Promise<void> {
  const search = chat.page.getByRole("searchbox", { name: "Search chats and messages" });
  await until(
    async () => {
      const answered = chat.page.waitForResponse(/\/api\/search/);
      await search.fill("");
      await search.fill(words);
      await answered;
      return hit
        .first()
        .waitFor({ timeout: 500 })
        .then(
          () => true,
          () => false,
        );
    },
    `the hit for “${words}”`,
    60_000,
  );
}

/** Searches for the words, and opens the message with them. */
async function openHit(chat: ChatPage, words: string): Promise<void> {
  const hit = chat.page
    .getByRole("navigation", { name: "Chats" })
    .getByRole("button")
    .filter({ hasText: words });
  await searchUntil(chat, words, hit);
  await hit.last().click();
}

/** Whether the marked message is in view. */
async function isMarkInView(chat: ChatPage): Promise<boolean> {
  // At once: the row may leave the page between two looks.
  return chat.list.evaluate((list) => {
    const [mark, ...others] = list.querySelectorAll("[data-found]");
    if (!mark || others.length > 0) return false;
    const [row, view] = [mark.getBoundingClientRect(), list.getBoundingClientRect()];
    return row.bottom > view.top && row.top < view.bottom;
  });
}

/** Distance of a row from the top of the list, in pixels. */
async function placeOf(row: Locator, chat: ChatPage): Promise<number> {
  const [at, view] = [await row.boundingBox(), await chat.list.boundingBox()];
  return (at?.y ?? 0) - (view?.y ?? 0);
}

async function nextFrame({ page }: ChatPage): Promise<void> {
  await page.evaluate(async () => new Promise(requestAnimationFrame));
}

async function write(session: string, messages: number): Promise<void> {
  await using author = await SessionAuthor.open(stage.natter.brokerUrl);
  await author.write(session, messages);
}

test("search hit - one far back opens the chat at the marked message, and one reads on in both directions", async () => {
  const session = "far-back";
  const chat = await stage.open({ session, viewport: { width: 1000, height: 700 } });
  await chat.converse("/rate 0 /echo what came before");
  await chat.converse("/rate 0 /echo the needle in the haystack");
  await write(session, 2_500);
  await chat.page.goto(stage.natter.url);
  const pages: string[] = [];
  let answers = 0;
  chat.page.on("request", (request) => {
    if (request.url().includes("/messages?")) pages.push(request.url());
  });
  chat.page.on("requestfinished", (request) => {
    if (request.url().includes("/messages?")) answers++;
  });
  await openHit(chat, "needle in the haystack");
  await until(() => isMarkInView(chat), "the message in view");
  expect(await marked(chat).innerText()).toContain("needle in the haystack");
  expect(pages.length).toBeLessThan(6);
  expect(await chat.page.evaluate(() => document.activeElement?.hasAttribute("data-found"))).toBe(true);

  // Up to the beginning, and down again through pages that load without a jump.
  await chat.list.hover();
  await until(async () => {
    await chat.page.mouse.wheel(0, -400);
    return chat.page.getByText("This is where it began.").isVisible();
  }, "the beginning");
  await chat.messages.filter({ hasText: "what came before" }).waitFor();
  for (const words of ["Question 5:", "Question 40:"]) {
    const row = chat.messages.filter({ hasText: words });
    await until(async () => {
      await chat.page.mouse.wheel(0, 350);
      await nextFrame(chat);
      return (await row.count()) === 1 && (await placeOf(row, chat)) < 500;
    }, words);
    await settled(chat.page);
    const before = await placeOf(row, chat);
    await until(async () => answers === pages.length, "the pages that were requested");
    await settled(chat.page);
    expect(Math.abs((await placeOf(row, chat)) - before)).toBeLessThan(3);
  }
  expect(chat.errors).toEqual([]);
});

test("search hit - new messages do not move a reader who is far back, and one click leads to them", async () => {
  const session = "live-meanwhile";
  const chat = await stage.open({ session, viewport: { width: 1000, height: 700 } });
  await chat.converse("/rate 0 /echo the pearl in the oyster");
  await write(session, 400);
  const other = await ChatClient.connect(stage.natter.url, session);
  await chat.page.goto(stage.natter.url);
  await openHit(chat, "pearl in the oyster");
  await until(() => isMarkInView(chat), "the message in view");
  const before = await placeOf(marked(chat), chat);
  other.send({ type: "message", message: "/rate 30 /echo said meanwhile" });
  await other.next("ai_complete");
  await chat.page.getByRole("log").getByText("said meanwhile").first().waitFor({ state: "attached" });
  expect(Math.abs((await placeOf(marked(chat), chat)) - before)).toBeLessThan(3);
  expect(await chat.list.getByText("said meanwhile").count()).toBe(0);
  // The page sends no read mark for messages that were not in view.
  expect(other.all("read_receipt")).toEqual([]);

  await chat.page.getByRole("button", { name: "Jump to latest" }).click();
  await chat.finished.filter({ hasText: "said meanwhile" }).waitFor();
  expect(await marked(chat).count()).toBe(0);
  expect(new URL(chat.page.url()).searchParams.has("message")).toBe(false);

  // Back to the hit. A message of one's own moves the view to the end.
  await openHit(chat, "pearl in the oyster");
  await until(() => isMarkInView(chat), "the message in view again");
  await chat.converse("/rate 0 /echo said here");
  await chat.finished.filter({ hasText: "said here" }).waitFor();
  await other.close();
  expect(chat.errors).toEqual([]);
});

test("search hit - a loaded message is scrolled to, its address leads there, and a missing one is reported", async () => {
  const session = "near-by";
  const chat = await stage.open({ session, viewport: { width: 1000, height: 500 } });
  await chat.converse("/rate 0 /echo the coin in the fountain");
  await write(session, 30);
  await chat.finished.filter({ hasText: "Answer 14." }).waitFor();
  await openHit(chat, "coin in the fountain");
  await until(() => isMarkInView(chat), "the message in view");
  // The same hit once more, from another place in the list.
  await chat.list.hover();
  await chat.page.mouse.wheel(0, 3_000);
  await until(async () => !(await isMarkInView(chat)), "the message out of view");
  await openHit(chat, "coin in the fountain");
  await until(() => isMarkInView(chat), "the message in view again");
  await chat.page.reload();
  await until(() => isMarkInView(chat), "the message in view after a reload");

  await chat.page.goto(`${stage.natter.url}/?session=${session}&message=${"x".repeat(24)}`);
  await chat.page.getByText("That message is not here any more.").first().waitFor();
  await chat.finished.filter({ hasText: "Answer 14." }).waitFor();
  expect(chat.errors).toEqual([]);
});

test("search hit - a hit in an earlier version of an answer shows that version", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo a crown of thistles");
  await chat.composer.press("ArrowUp");
  const field = chat.page.getByRole("textbox", { name: "New text of the message" });
  await field.fill("/rate 0 /echo something else");
  await field.press("Enter");
  await until(async () => (await chat.lastAnswer()) === "something else", "the new answer");
  await openHit(chat, "crown of thistles");
  await until(async () => (await chat.lastAnswer()) === "a crown of thistles", "the earlier answer");
  await until(() => isMarkInView(chat), "the answer in view");
  expect(await marked(chat).innerText()).toContain("a crown of thistles");
});

test("search hit - a hit shows its own word in an excerpt while the next search runs", async () => {
  const chat = await stage.open();
  await chat.converse(`/empty ${"long ".repeat(5_000)}teapot ${"line ".repeat(5_000)}`);
  const hit = chat.page
    .getByRole("navigation", { name: "Chats" })
    .locator("button", { has: chat.page.locator("mark") });
  const search = chat.page.getByRole("searchbox", { name: "Search chats and messages" });
  await searchUntil(chat, "teapot", hit);
  // From now on the server does not answer a search.
  let asked = 0;
  await chat.page.route("**/api/search*", () => void asked++);
  await search.fill("teapots");
  await until(async () => asked === 1, "the next question");
  expect(await hit.locator("mark").innerText()).toBe("teapot");
  const shown = await hit.locator("span").last().innerText();
  expect(shown.length).toBeLessThanOrEqual(40 + "teapot".length + 80 + 1);
});
