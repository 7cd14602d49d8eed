import { AxeBuilder } from "@axe-core/playwright";
import { describe, expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

async function violationsOf(chat: ChatPage): Promise<string[]> {
  // Colours in the middle of a transition are nobody's colours.
  await chat.page.waitForTimeout(300);
  // A menu is in no region of the page, and says itself what it is.
  const { violations } = await new AxeBuilder({ page: chat.page }).disableRules(["region"]).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 160)}`));
}

describe.each(["light", "dark"] as const)("in the %s theme", (colorScheme) => {
  test.each([
    ["wide", { width: 1200, height: 800 }],
    ["narrow", { width: 390, height: 844 }],
  ])("nothing stands in the way of people who see, hear or point otherwise: %s", async (_width, viewport) => {
    const chat = await stage.open({ colorScheme, viewport, reducedMotion: "reduce" });
    expect(await violationsOf(chat)).toEqual([]);
    await chat.ask("/rate 0 /markdown 1");
    await chat.ask("/fail 400 /rate 0 /count 3");
    await chat.say("/rate 5 /count 500");
    await chat.streaming.waitFor();
    await chat.say("next");
    expect(await violationsOf(chat)).toEqual([]);
    if (viewport.width < 800) await chat.page.getByRole("button", { name: "Open the list of chats" }).click();
    await chat.page.getByRole("navigation", { name: "Chats" }).locator("[aria-haspopup=menu]").last().click();
    await chat.page.getByRole("menuitem", { name: "Keyboard" }).waitFor();
    expect(await violationsOf(chat)).toEqual([]);
    await chat.page.getByRole("menuitem", { name: "Keyboard" }).click();
    await chat.page.getByRole("dialog", { name: "Keyboard" }).waitFor();
    expect(await violationsOf(chat)).toEqual([]);
  });
});

async function ground({ page }: ChatPage): Promise<string> {
  return page.evaluate(() => getComputedStyle(document.body).backgroundColor);
}

test("a chosen theme and language are there from the first paint on, in every tab", async () => {
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

test("speaks the browser's language", async () => {
  const chat = await stage.open({ locale: "ko-KR" });
  await chat.page.getByText("무슨 이야기를 해 볼까요?").waitFor();
  await chat.ask("/rate 0 /korean");
  expect(await chat.answers.last().getByTestId("facts").innerText()).toMatch(/^토큰 \d+개 · 첫 단어까지/);
  expect(chat.troubles).toEqual([]);
});

test("a screen reader hears whole sentences, each once", async () => {
  const chat = await stage.open();
  await chat.ask("/rate 20 /echo It rains today. It will be dry tomorrow. Then it rains again.");
  const log = chat.page.getByRole("log", { name: "What is being said" });
  await until(async () => (await log.innerText()).includes("Then it rains again."), "the last sentence");
  const lines = await log.locator("p").allInnerTexts();
  expect(lines.length).toBeGreaterThan(1);
  expect(lines.join(" ")).toBe("It rains today. It will be dry tomorrow. Then it rains again.");
});

test("nothing that stands already moves while an answer comes and when it ends", async () => {
  const chat = await stage.open();
  await chat.ask("/rate 0 /markdown 1");
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
  await chat.page.waitForTimeout(700);
  await chat.say("/rate 100 /count 150");
  await chat.streaming.waitFor();
  await until(async () => (await chat.finished.count()) === 2, "the answer");
  await chat.page.waitForTimeout(300);
  const shifts = await chat.page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
});
