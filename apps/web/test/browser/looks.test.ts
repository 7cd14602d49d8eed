import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { settled } from "./stage/settled.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

/** @param part selector of what is new since the last look: to look at the whole page takes seconds */
async function violationsOf(chat: ChatPage, part = "body"): Promise<string[]> {
  // A colour in the middle of a transition is no colour of the page.
  await settled(chat.page);
  // A menu needs no region: its role names it.
  const axe = new AxeBuilder({ page: chat.page }).include(part).disableRules(["region"]);
  const { violations } = await axe.analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

const wide = { width: 1200, height: 800 };
const narrow = { width: 390, height: 844 };

test.each([
  ["light, wide", "light", wide],
  ["light, narrow", "light", narrow],
  ["dark, wide", "dark", wide],
  ["dark, narrow", "dark", narrow],
] as const)("accessibility - axe finds no violation in the look %s", async (_look, colorScheme, viewport) => {
  const chat = await stage.open({ colorScheme, viewport, reducedMotion: "reduce" });
  expect(await violationsOf(chat)).toEqual([]);
  await chat.converse("/rate 0 /markdown 1");
  await chat.converse("/fail 400 /rate 0 /count 3");
  await chat.send("/rate 5 /count 500");
  await chat.streaming.waitFor();
  await chat.send("next");
  expect(await violationsOf(chat)).toEqual([]);
  if (viewport.width < 800) await chat.page.getByRole("button", { name: "Open the list of chats" }).click();
  await chat.page.getByRole("navigation", { name: "Chats" }).locator("[aria-haspopup=menu]").last().click();
  await chat.page.getByRole("menuitem", { name: "Keyboard" }).waitFor();
  expect(await violationsOf(chat, "[role=menu]")).toEqual([]);
  await chat.page.getByRole("menuitem", { name: "Keyboard" }).click();
  await chat.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  expect(await violationsOf(chat, "[role=dialog]")).toEqual([]);
});

async function ground({ page }: ChatPage): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test("preferences - theme and language are there from the first paint on, in every tab", async () => {
  const chat = await stage.open({ colorScheme: "light" });
  const light = await ground(chat);
  const menu = chat.page.getByRole("navigation", { name: "Chats" }).locator("[aria-haspopup=menu]").last();
  await menu.click();
  await chat.page.getByRole("menuitemradio", { name: "Dark" }).click();
  await until(async () => (await ground(chat)) !== light, "the dark theme");
  await chat.page.keyboard.press("Escape");
  await menu.click();
  await chat.page.getByRole("menuitemradio", { name: "한국어" }).click();
  await chat.page.getByText("무슨 이야기를 해 볼까요?").waitFor();
  expect(await chat.page.evaluate(() => document.documentElement.lang)).toBe("ko");
  const tab = await chat.page.context().newPage();
  await tab.goto(stage.natter.url);
  await tab.getByText("무슨 이야기를 해 볼까요?").waitFor();
  expect(await tab.evaluate(() => getComputedStyle(document.body).backgroundColor)).not.toBe(light);
});

test("preferences - the page has the browser's language", async () => {
  const chat = await stage.open({ locale: "ko-KR" });
  await chat.page.getByText("무슨 이야기를 해 볼까요?").waitFor();
  await chat.converse("/rate 0 /korean");
  expect(await chat.answers.last().getByTestId("facts").innerText()).toMatch(/^토큰 \d+개 · 첫 단어까지/);
  expect(chat.errors).toEqual([]);
});

test("accessibility - a screen reader is given whole sentences, each once", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 20 /echo It rains today. It will be dry tomorrow. Then it rains again.");
  const log = chat.page.getByRole("log", { name: "What is being said" });
  await until(async () => (await log.innerText()).includes("Then it rains again."), "the last sentence");
  const lines = await log.locator("p").allInnerTexts();
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join(" ")).toBe("It rains today. It will be dry tomorrow. Then it rains again.");
});

test("layout - nothing moves while an answer streams and when it ends", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /markdown 1");
  await chat.page.evaluate(() => {
    const shifts: number[] = [];
    Object.assign(globalThis, { shifts });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      })[])
        if (!entry.hadRecentInput) shifts.push(entry.value);
    }).observe({ type: "layout-shift" });
  });
  await settled(chat.page);
  await chat.send("/rate 100 /count 150");
  await chat.streaming.waitFor();
  await until(async () => (await chat.finished.count()) === 2, "the answer");
  await settled(chat.page);
  const shifts = await chat.page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
});
