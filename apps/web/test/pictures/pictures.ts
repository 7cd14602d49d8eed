/** `pnpm pictures`: takes pictures of the page in every state, in both themes and at two widths. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openBrowser, startNatter } from "@natter/testing";
import type { Browser } from "playwright-core";
import { animate } from "./animated-picture.ts";
import { ChatPage, until, type ChatOptions } from "../browser/stage/chat-page.ts";

const documents = fileURLToPath(new URL("../../../../docs/pictures/", import.meta.url));
/** With `--all FOLDER` it takes every state in every look. Without it, it takes those of the documents. */
const allIn = process.argv[2] === "--all" ? process.argv[3] : undefined;
const wide = { width: 1100, height: 720 };
const narrow = { width: 390, height: 780 };

const states: Readonly<Record<string, (chat: ChatPage) => Promise<void>>> = {
  welcome: async () => undefined,
  conversation: converse,
  async markdown(chat) {
    await chat.converse("/rate 0 /markdown 1");
    await chat.answers.last().hover();
  },
  async failure(chat) {
    await chat.converse("/fail 400 /rate 0 /count 3");
    await chat.converse("/cut 4 /rate 0 /count 9");
    await chat.send("/rate 20 /count 200");
    await chat.page.locator(".is-writing", { hasText: "9" }).waitFor();
    await chat.page.keyboard.press("Escape");
    await until(async () => (await chat.finished.count()) === 3, "the end");
  },
  async offline(chat) {
    await chat.converse("/rate 0 /echo before");
    await chat.page.context().setOffline(true);
    await chat.page.getByTestId("connection").waitFor();
    await chat.send("and this waits");
  },
  async editing(chat) {
    await chat.converse("/rate 0 /echo hello there");
    await chat.composer.press("ArrowUp");
  },
  async menu(chat) {
    await chat.converse("/rate 0 /echo hello there");
    const opener = chat.page.locator("header button").first();
    if (chat.page.viewportSize()?.width === narrow.width) await opener.click();
    await chat.page.locator("nav [aria-haspopup=menu]").last().click();
    await chat.page.getByRole("menu").waitFor();
  },
};

const browser = await openBrowser();
if (!browser) throw new Error("there is no browser");
const natter = await startNatter();
try {
  if (allIn !== undefined) await showAll(browser, allIn);
  else await showDocuments(browser);
} finally {
  await browser.close();
  await natter[Symbol.asyncDispose]();
}

async function open(within: Browser, options: ChatOptions): Promise<ChatPage> {
  return ChatPage.open(within, natter.url, { deviceScaleFactor: 1, ...options });
}

/** A conversation that shows everything that a conversation has. */
async function converse(chat: ChatPage): Promise<void> {
  await chat.converse("/rate 0 /markdown 1");
  await chat.answers.last().hover();
  await chat.answers.last().getByRole("button").nth(-3).waitFor();
  await chat.converse("/rate 0 /korean");
  await chat.send("/rate 25 /count 400");
  await chat.page.locator(".is-writing", { hasText: "30" }).waitFor();
  await chat.send("And what comes after that?");
  await chat.page.waitForTimeout(500);
}

async function showDocuments(within: Browser): Promise<void> {
  await mkdir(documents, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    const chat = await open(within, { colorScheme, viewport: wide, name: "Ann" });
    await converse(chat);
    await chat.page.screenshot({ path: join(documents, `chat-${colorScheme}.png`) });
    await chat.page.context().close();
  }
  const phone = await open(within, { viewport: narrow, locale: "ko-KR", name: "지우", hasTouch: true });
  await phone.converse("/rate 0 /korean");
  await phone.converse("/rate 0 /echo **강조**는 조사 앞에서도 됩니다.");
  await phone.page.screenshot({ path: join(documents, "phone-ko.png") });
  await phone.page.context().close();
  await writeFile(join(documents, "streaming.png"), await film(within));
}

/** Two people, one answer, and a reload in the middle of it. */
async function film(within: Browser): Promise<Buffer> {
  const frameMs = 200;
  const chat = await open(within, { viewport: { width: 800, height: 440 }, name: "Ann" });
  const frames: Buffer[] = [];
  const record = async (count: number): Promise<void> => {
    for (let n = 0; n < count; n++) {
      frames.push(await chat.page.screenshot());
      await chat.page.waitForTimeout(frameMs / 2);
    }
  };
  await record(3);
  await chat.composer.pressSequentially("/rate 12 /markdown 1");
  await record(2);
  await chat.composer.press("Enter");
  await record(12);
  await chat.page.reload();
  await chat.streaming.waitFor();
  await record(14);
  return animate(frames, frameMs);
}

async function showAll(within: Browser, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const)
    for (const [width, viewport] of Object.entries({ wide, narrow }))
      for (const [state, show] of Object.entries(states)) {
        const chat = await open(within, {
          colorScheme,
          viewport,
          locale: width === "wide" ? "en-US" : "ko-KR",
        });
        await show(chat);
        await chat.page.waitForTimeout(400);
        await chat.page.screenshot({ path: join(folder, `${state}-${width}-${colorScheme}.png`) });
        await chat.page.context().close();
      }
}
