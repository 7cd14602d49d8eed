import { ChatClient, tracePage } from "@natter/testing";
import { afterAll, expect, test } from "vitest";
import { until, type ChatPage } from "../stage/chat-page.ts";
import { hostileTexts, kerningTexts } from "./hostile-texts.ts";
import { useOwnStage } from "../stage/stage.ts";
import { settingsOf, startScriptedModel } from "../stage/scripted-model.ts";

const seed = 20_251;
/** CPU time of the page's thread: other work of the machine does not count. */
const longestTaskMs = 200;
/** A little less than the parser reads at once: the most work for the parser. */
const blockBytes = 9_900;
/** A little less than the longest answer. */
const replyBytes = 480_000;
/**
 * Enough to block the page where a browser shapes each line again. A message of a person may have as much.
 */
const kerningBytes = 60_000;
/** It takes half a minute on an idle machine. */
const patienceMs = 300_000;
/** How many of the smaller texts are in one answer. */
const together = 8;

function answersOf(small: Readonly<Record<string, string>>): [string, string][] {
  const all = Object.entries(small);
  return Array.from({ length: Math.ceil(all.length / together) }, (_, index) => {
    const some = all.slice(index * together, (index + 1) * together);
    return [some.map(([name]) => name).join(", "), some.map(([, text]) => text).join("\n\n")];
  });
}

const longest = "a list";
const answers = new Map([
  ...answersOf(hostileTexts(seed, blockBytes)),
  ...Object.entries(kerningTexts(kerningBytes)),
  [`${longest}, as long as a reply may be`, hostileTexts(seed, replyBytes)[longest] ?? ""],
]);
const [firstName = ""] = answers.keys();
/** Stands behind each text: when it is in the page, the text is complete. */
const endOf = (name: string): string => `This is the end of: ${name}.`;

const provider = await startScriptedModel({
  textOf: (asked) => (answers.has(asked) ? `${answers.get(asked)}\n\n${endOf(asked)}` : undefined),
  pieces: 15,
  pauseMs: 20,
});
afterAll(async () => provider.close());
const stage = useOwnStage({ env: settingsOf(provider) });

/**
 * Waits until all of the answer is shown as it was parsed: text that is not parsed yet is a paragraph beside
 * it. It looks only at the last answer, since to search a text in the whole page is a long task itself.
 */
async function allIsShown(chat: ChatPage, name: string): Promise<void> {
  const isShown = async (): Promise<boolean> =>
    chat.page.evaluate((end) => {
      const finished = document.querySelectorAll(
        '[data-testid="answer"][data-state="complete"] .prose-answer',
      );
      const last = [...finished].at(-1);
      return last?.textContent.trimEnd().endsWith(end) === true && !last.querySelector(":scope > p");
    }, endOf(name));
  await until(isShown, `the end of ${name}`, 60_000);
}

/** Scrolls up past all messages, each of which is in view once. */
async function scrollUp(chat: ChatPage): Promise<void> {
  const isAtFirst = async (): Promise<boolean> =>
    chat.messages.first().evaluate((message, name) => message.textContent.includes(name), firstName);
  await chat.list.hover();
  await until(
    async () => {
      await chat.page.mouse.wheel(0, -60_000);
      return isAtFirst();
    },
    "the first message",
    60_000,
  );
}

test(
  `hostile text - no answer blocks the page for ${longestTaskMs} ms while it is streamed, loaded or scrolled to (seed ${seed})`,
  async () => {
    const chat = await stage.open({ viewport: { width: 1000, height: 800 } });
    const { page } = chat;
    const work: [string, () => Promise<void>][] = [...answers.keys()].map((name) => [
      name,
      async () => {
        await chat.send(name);
        await allIsShown(chat, name);
      },
    ]);
    const last = [...answers.keys()].at(-1) ?? "";
    work.push(
      [
        "loading",
        async () => {
          await page.reload();
          await allIsShown(chat, last);
        },
      ],
      ["scrolling", async () => scrollUp(chat)],
    );
    const tooLong: [string, number][] = [];
    for (const [name, run] of work) {
      const { longestTask } = await tracePage(
        { browser: stage.browser, page, traces: undefined },
        "trace",
        run,
      );
      if (longestTask.cpu >= longestTaskMs) tooLong.push([name, longestTask.cpu]);
    }
    expect(tooLong).toEqual([]);
    expect(chat.errors).toEqual([]);
  },
  patienceMs,
);

test(`hostile text - no message of letters that kern blocks the page for ${longestTaskMs} ms`, async () => {
  const session = "long-messages";
  const author = await ChatClient.connect(stage.natter.url, session);
  const said = Object.values(kerningTexts(kerningBytes));
  for (const message of said) author.send({ type: "message", message });
  await until(async () => author.all("ai_complete").length === said.length, "all answers", 60_000);
  await author.close();
  const chat = await stage.open({ session, viewport: { width: 1000, height: 800 } });
  const { page } = chat;
  const { longestTask } = await tracePage(
    { browser: stage.browser, page, traces: undefined },
    "trace",
    async () => {
      await page.reload();
      await chat.finished.last().waitFor();
      await chat.list.hover();
      await until(
        async () => {
          await page.mouse.wheel(0, -60_000);
          return (await chat.messages.first().innerText()).includes("AAAA");
        },
        "the first message",
        60_000,
      );
    },
  );
  expect(longestTask.cpu).toBeLessThan(longestTaskMs);
});

test(`hostile text - typing behind letters that kern blocks the page for less than ${longestTaskMs} ms`, async () => {
  const chat = await stage.open();
  const { page } = chat;
  const { longestTask } = await tracePage(
    { browser: stage.browser, page, traces: undefined },
    "trace",
    async () => {
      await chat.composer.fill("A".repeat(kerningBytes));
      await chat.composer.press("End");
      await page.keyboard.type("AVA");
    },
  );
  expect(await chat.composer.inputValue()).toHaveLength(kerningBytes + 3);
  expect(longestTask.cpu).toBeLessThan(longestTaskMs);
});
