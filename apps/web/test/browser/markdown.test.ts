import type { Locator, Page, Route } from "playwright-core";
import { afterAll, expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useOwnStage } from "./stage/stage.ts";
import { settingsOf, startScriptedModel } from "./stage/scripted-model.ts";

const line = "abcdefghij".repeat(3_000);
const texts: Readonly<Record<string, string>> = {
  notes: "# A title\n\nOne[^1] and two[^2], or [the title](#a-title).\n\n[^1]: First.\n[^2]: Second.",
  formulas:
    "So \\(E=mc^2\\), and\n\n\\[\n\\frac{a}{b}\n\\]\n\n| a |\n| --- |\n| one<br>two |\n\nhttps://example.com/a입니다",
  code: "**Bold** and\n\n```ts\nconst a: number = 1;\n```",
  plain: `first line\n\n${line}\n${line}\nlast line`,
  slow: "*one*\n\n*two*\n\n*three*",
};
const provider = await startScriptedModel({ textOf: (asked) => texts[asked], pieces: 10, pauseMs: 20 });
afterAll(async () => provider.close());
const stage = useOwnStage({ env: settingsOf(provider) });

const prose = (chat: ChatPage): Locator => chat.finished.last().locator(".prose-answer");

test("markdown - an answer has formulas in brackets, line breaks in cells, and addresses that end before a particle", async () => {
  const chat = await stage.open();
  await chat.converse("formulas");
  await prose(chat).locator(".katex").first().waitFor();
  expect(await prose(chat).locator(".katex").count()).toBe(2);
  expect(await prose(chat).locator(".katex-display").count()).toBe(1);
  expect(await prose(chat).locator("td").innerText()).toBe("one\ntwo");
  expect(await prose(chat).getByRole("link").getAttribute("href")).toBe("https://example.com/a");
  expect(chat.errors).toEqual([]);
});

test("markdown - footnotes lead to the notes of the same answer and back", async () => {
  const chat = await stage.open();
  await chat.converse("notes");
  await chat.converse("notes");
  await prose(chat).locator("section").waitFor();
  const address = chat.page.url();
  const ids = await chat.page.locator("[id]").evaluateAll((all) => all.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  const focused = async (): Promise<[string, number]> =>
    chat.page.evaluate(() => {
      const answer = document.activeElement?.closest("[data-testid=answer]");
      const answers = [...document.querySelectorAll("[data-testid=answer]")];
      return [document.activeElement?.textContent ?? "", answer ? answers.indexOf(answer) : -1];
    });
  for (const answer of [0, 1]) {
    const text = chat.finished.nth(answer);
    await text.getByRole("link", { name: "2", exact: true }).click();
    expect(await focused()).toEqual([expect.stringContaining("Second."), answer]);
    await text.getByRole("link", { name: "Back to reference 2" }).click();
    expect(await focused()).toEqual(["2", answer]);
    await text.getByRole("link", { name: "the title" }).click();
    expect(await focused()).toEqual(["A title", answer]);
  }
  expect(chat.page.url()).toBe(address);
  expect(chat.page.context().pages()).toHaveLength(1);
});

test("markdown - an answer that is shown in pieces is copied as one text", async () => {
  const chat = await stage.open();
  await chat.converse("plain");
  await chat.finished.last().getByText("last line").waitFor();
  const { shown, selected } = await prose(chat).evaluate((element: HTMLElement) => {
    getSelection()?.selectAllChildren(element);
    return { shown: element.innerText, selected: String(getSelection()) };
  });
  for (const text of [shown, selected]) {
    expect(text.includes(`${line}\n${line}\nlast line`)).toBe(true);
    expect(text.startsWith("first line\n")).toBe(true);
  }
});

/** Decides what happens to requests for these files. */
async function answerFor(page: Page, files: string, answer: (route: Route) => unknown): Promise<void> {
  await page.route(files, answer);
}

/** Answers the first request with `first`, and later ones with the file. */
function onceWith(first: (route: Route) => Promise<void>): (route: Route) => Promise<void> {
  let count = 0;
  return async (route) => (count++ === 0 ? first(route) : route.continue());
}

/** The network is away, or the page is older than the files on the server. */
const lost = async (route: Route): Promise<void> => route.abort();
const gone = async (route: Route): Promise<void> => route.fulfill({ status: 404, body: "" });

test.each([
  ["the reader of markdown", "worker-*.js", lost],
  ["what shows markdown", "markdown-*.js", gone],
])(
  "lazy files - without %s the text is shown as it is, the file is requested again, and the draft stays",
  async (_what, file, lose) => {
    let isLost = true;
    const chat = await stage.open({
      prepare: async (page) =>
        answerFor(page, `**/assets/${file}`, async (route) => (isLost ? lose(route) : route.continue())),
    });
    await chat.converse("code");
    expect(await chat.lastAnswer()).toContain("**Bold** and");
    await chat.composer.fill("half a thought");
    isLost = false;
    await prose(chat).locator('[data-streamdown="strong"]').waitFor({ timeout: 60_000 });
    await prose(chat).locator('[data-streamdown="code-block"] span[style]').first().waitFor();
    expect(await chat.composer.inputValue()).toBe("half a thought");
    expect(chat.errors).toEqual([]);
  },
);

test("lazy files - without a language's colours code is plain, and the file is requested again", async () => {
  const chat = await stage.open({
    prepare: async (page) =>
      answerFor(
        page,
        "**/assets/typescript-*.js",
        onceWith(async (route) => route.abort()),
      ),
  });
  await chat.converse("code");
  const block = prose(chat).locator('[data-streamdown="code-block"]');
  await block.getByText("const a: number = 1;").waitFor();
  await block.locator("span[style]").first().waitFor({ timeout: 30_000 });
  expect(await block.innerText()).toContain("const a: number = 1;");
});

test("lazy files - without the Korean texts the page is English until they are loaded", async () => {
  let isLost = true;
  const chat = await stage.open({
    locale: "ko-KR",
    prepare: async (page) =>
      answerFor(page, "**/assets/ko-*.js", async (route) => (isLost ? route.abort() : route.continue())),
  });
  await chat.page.getByText("What shall we talk about?").waitFor();
  await chat.composer.fill("half a thought");
  isLost = false;
  await chat.page.getByText("무슨 이야기를 해 볼까요?").waitFor({ timeout: 60_000 });
  expect(await chat.page.evaluate(() => document.documentElement.lang)).toBe("ko");
  expect(await chat.composer.inputValue()).toBe("half a thought");
  expect(chat.errors).toEqual([]);
});

test("lazy files - Korean texts that never load do not delay the page", async () => {
  const chat = await stage.open({
    locale: "ko-KR",
    prepare: async (page) => answerFor(page, "**/assets/ko-*.js", () => undefined),
  });
  await chat.page.getByText("What shall we talk about?").waitFor();
  expect(await chat.page.evaluate(() => document.documentElement.lang)).toBe("en");
});

/** A worker that reads nothing, and hangs in the second block. */
const stuck = `
  postMessage({ kind: "ready" });
  addEventListener("message", ({ data }) => {
    if (data.kind !== "read") return;
    const { id, text } = data;
    const answer = { kind: "units", id, unchanged: 0, units: [], isCut: false, isDone: true, isSettled: true };
    if (!text.includes("three")) return postMessage({ ...answer, length: text.length });
    postMessage({ kind: "at", id, start: 7 });
    for (;;);
  });
`;

test("markdown - a parser that hangs is stopped, its block is plain text, and the rest is markdown", async () => {
  const chat = await stage.open({
    prepare: async (page) =>
      answerFor(
        page,
        "**/assets/worker-*.js",
        onceWith(async (route) => route.fulfill({ contentType: "text/javascript", body: stuck })),
      ),
  });
  await chat.converse("slow");
  await prose(chat).getByText("*two*").waitFor();
  await until(async () => (await prose(chat).locator("em").count()) === 2, "what was not stuck");
  expect(await prose(chat).locator("em").allInnerTexts()).toEqual(["one", "three"]);
  await chat.converse("slow");
  expect(chat.errors).toEqual([]);
});
