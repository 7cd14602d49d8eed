import { SessionAuthor } from "@natter/testing";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { settled } from "./stage/settled.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

/** Writes a session with so many questions, each answered: "Question 0", "Answer 0" and so on. */
async function fill(session: string, count: number): Promise<void> {
  await using author = await SessionAuthor.open(stage.natter.brokerUrl);
  await author.write(session, 2 * count);
}

async function topmost(chat: ChatPage): Promise<{ text: string; y: number }> {
  return chat.list.evaluate((list) => {
    const top = list.getBoundingClientRect().top;
    const rows = [...list.querySelectorAll("[data-index]")];
    const row = rows.find((candidate) => candidate.getBoundingClientRect().bottom > top + 1);
    return { text: row?.textContent ?? "", y: (row?.getBoundingClientRect().top ?? 0) - top };
  });
}

test("long thread - older pages load while one scrolls up, the view stays where the reader is, and one click leads back", async () => {
  await fill("long", 120);
  const chat = await stage.open({ session: "long", viewport: { width: 1000, height: 700 } });
  await chat.finished.filter({ hasText: "Answer 119." }).waitFor();
  // Only the rows near the view are in the page.
  expect(await chat.list.locator("[data-index]").count()).toBeLessThan(60);

  await chat.list.hover();
  const first = chat.messages.filter({ hasText: "Question 0:" });
  await until(
    async () => {
      await chat.page.mouse.wheel(0, -400);
      return (await first.count()) === 1 && chat.page.getByText("This is where it began.").isVisible();
    },
    "the first message",
    30_000,
  );

  await chat.page.mouse.wheel(0, 1_500);
  await settled(chat.page);
  const before = await topmost(chat);
  await chat.send("/rate 40 /count 60");
  // The view goes to a message of one's own.
  await chat.streaming.waitFor();
  await chat.page.mouse.wheel(0, -3_000);
  await settled(chat.page);
  const reading = await topmost(chat);
  expect(reading.text).not.toBe(before.text);
  const jump = chat.page.getByRole("button", { name: "Jump to latest" });
  await jump.waitFor();
  // The answer grows to its end below the view.
  await chat.page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "detached" });
  await settled(chat.page);
  const later = await topmost(chat);
  expect(later.text).toBe(reading.text);
  expect(Math.abs(later.y - reading.y)).toBeLessThan(2);
  await jump.click();
  await chat.finished.filter({ hasText: "58 59 60" }).waitFor();
  await jump.waitFor({ state: "detached" });
});

test("long thread - an older page that loads above moves nothing in view", async () => {
  await fill("pages", 70);
  let isAsked = false;
  const gate = Promise.withResolvers<void>();
  const chat = await stage.open({
    session: "pages",
    viewport: { width: 1000, height: 700 },
    prepare: async (page) =>
      void (await page.route(/\/messages\?.*before=/, async (route) => {
        isAsked = true;
        await gate.promise;
        await route.continue();
      })),
  });
  await chat.finished.filter({ hasText: "Answer 69." }).waitFor();
  await chat.list.hover();
  // The page requests no older messages before one scrolls up.
  expect(isAsked).toBe(false);
  await until(async () => {
    await chat.page.mouse.wheel(0, -500);
    return isAsked;
  }, "the question for older messages");
  await settled(chat.page);
  const before = await topmost(chat);
  const rows = await chat.list.locator("[data-index]").first().getAttribute("data-index");
  gate.resolve();
  await until(
    async () => (await chat.list.locator("[data-index]").first().getAttribute("data-index")) !== rows,
    "the older page",
  );
  await settled(chat.page);
  const after = await topmost(chat);
  expect(after.text).toBe(before.text);
  expect(Math.abs(after.y - before.y)).toBeLessThan(3);
});

test("long thread - a chunk of an answer renders only its own row", async () => {
  const chat = await stage.open();
  for (let n = 0; n < 4; n++) await chat.converse(`/rate 0 /echo ${n}`);
  await chat.send("/rate 50 /count 100");
  await chat.page.locator(".is-writing", { hasText: "5" }).waitFor();
  await chat.page.evaluate(() => {
    const changed = new Set<string>();
    Object.assign(globalThis, { changed });
    const observer = new MutationObserver((mutations) => {
      for (const { target } of mutations) {
        const element = target instanceof Element ? target : target.parentElement;
        changed.add(element?.closest("[data-index]")?.getAttribute("data-index") ?? "none");
      }
    });
    const list = document.querySelector("[data-testid=messages] ol");
    if (list) observer.observe(list, { subtree: true, childList: true, characterData: true });
  });
  await chat.page.locator(".is-writing", { hasText: "25" }).waitFor();
  const changed = await chat.page.evaluate(() => [
    ...(globalThis as unknown as { changed: Set<string> }).changed,
  ]);
  expect(changed).toEqual(["9"]);
});
