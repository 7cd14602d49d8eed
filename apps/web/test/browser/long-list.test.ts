import { SessionAuthor } from "@natter/testing";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

function list(chat: ChatPage): Locator {
  return chat.page.getByRole("navigation", { name: "Chats" });
}

/** The titles of the list, in its order. */
async function titlesOf(chat: ChatPage): Promise<string[]> {
  return list(chat).locator("li a").allInnerTexts();
}

/** The user id of the page's person. */
async function userOf(chat: ChatPage): Promise<string> {
  const first = chat.page.waitForEvent("websocket").then((socket) => socket.waitForEvent("framereceived"));
  await chat.page.reload();
  const { payload } = await first;
  return (JSON.parse(String(payload)) as { user: { id: string } }).user.id;
}

/** Writes so many chats of the page's person, the latest one last. @returns their titles in the list's order */
async function fill(chat: ChatPage, count: number): Promise<string[]> {
  const user = { id: await userOf(chat), name: "Guest" };
  await using author = await SessionAuthor.open(stage.natter.brokerUrl);
  const titles = Array.from({ length: count }, (_, n) => `Chat ${n + 1}`);
  for (const [n, title] of titles.entries()) await author.writeMessage(`${chat.session}-${n}`, user, title);
  await until(async () => {
    await chat.page.reload();
    await chat.composer.waitFor();
    return list(chat)
      .getByRole("link", { name: `Chat ${count}`, exact: true })
      .isVisible();
  }, "all chats to be recorded");
  return titles.toReversed();
}

test("long list - more than 200 chats load by scrolling and by the keyboard, and the order stays", async () => {
  const chat = await stage.open({ session: "current", viewport: { width: 1000, height: 700 } });
  const count = 410;
  const titles = await fill(chat, count);
  expect(await titlesOf(chat)).toEqual(titles.slice(0, 200));

  // Scrolling.
  await list(chat).locator("li a").first().hover();
  await until(async () => {
    await chat.page.mouse.wheel(0, 2_000);
    return (await titlesOf(chat)).length > 200;
  }, "more chats");
  expect(await titlesOf(chat)).toEqual(titles.slice(0, 400));
  await list(chat)
    .getByRole("status")
    .filter({ hasText: "400 chats are shown." })
    .waitFor({ state: "attached" });

  // A message in a chat that has just been loaded: the chat moves to the top and is there once.
  await list(chat).getByRole("link", { name: "Chat 200", exact: true }).click();
  await chat.converse("/rate 0 /echo said now");
  await until(async () => (await titlesOf(chat))[0] !== `Chat ${count}`, "the chat at the top");
  const others = titles.slice(0, 400).filter((title) => title !== "Chat 200");
  expect((await titlesOf(chat)).slice(1)).toEqual(others);

  // The keyboard: from the button the focus moves to the first chat that is loaded.
  const more = list(chat).getByRole("button", { name: "Show more chats" });
  await more.focus();
  await until(async () => (await titlesOf(chat)).length === count, "all chats");
  expect((await titlesOf(chat)).slice(1)).toEqual(titles.filter((title) => title !== "Chat 200"));
  expect(await more.count()).toBe(0);
  expect(await chat.page.evaluate(() => document.activeElement?.textContent)).toBe("Chat 10");
  expect(chat.errors).toEqual([]);
});

test("long list - the search finds a title that is not loaded, and a page that failed is requested again", async () => {
  const chat = await stage.open({ session: "other", viewport: { width: 1000, height: 700 } });
  await fill(chat, 210);
  let isCut = true;
  await chat.page.route(/\/api\/sessions\?.*after=/, (route) => (isCut ? route.abort() : route.continue()));
  const search = chat.page.getByRole("searchbox", { name: "Search chats and messages" });
  await search.fill("Chat 17");
  const alert = list(chat).getByRole("alert").filter({ hasText: "More chats could not be loaded." });
  await alert.waitFor();
  isCut = false;
  await list(chat).getByRole("button", { name: "Try again" }).click();
  await list(chat).getByRole("link", { name: "Chat 17", exact: true }).waitFor();
  expect(await alert.count()).toBe(0);
});
