import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "@natter/testing";
import { chromium, type BrowserContext, type Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ChatPage, until } from "../stage/chat-page.ts";
import { useStage } from "../stage/stage.ts";
import { passUndoTime } from "../stage/undo-time.ts";
import { reconnect, CuttableSocket } from "../stage/cuttable-socket.ts";

const stage = useStage();

/** What browsers do where nothing may be stored. */
const blockades: Readonly<Record<string, string>> = {
  "is forbidden": `
    for (const name of ["localStorage", "indexedDB"])
      Object.defineProperty(globalThis, name, {
        get() { throw new DOMException("The operation is insecure.", "SecurityError"); },
      });`,
  "cannot be opened": `
    Object.defineProperty(globalThis, "localStorage", { value: null });
    IDBFactory.prototype.open = () => { throw new DOMException("denied", "SecurityError"); };`,
  "is full": `
    Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
    IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };`,
};

function list(chat: ChatPage) {
  return chat.page.getByRole("navigation", { name: "Chats" });
}

async function choose(chat: ChatPage, action: string): Promise<void> {
  await list(chat).locator("a[aria-current=page]").hover();
  await list(chat)
    .getByRole("button", { name: /Actions for/ })
    .click();
  await chat.page.getByRole("menuitem", { name: action }).click();
}

describe.each(Object.entries(blockades))("storage that %s", (_name, blockade) => {
  const open = (more?: (page: Page) => Promise<void>): Promise<ChatPage> =>
    stage.open({
      prepare: async (page) => {
        await page.addInitScript(blockade);
        await more?.(page);
      },
    });

  test("a chat can be renamed, and deleted with undo and without", async () => {
    const chat = await open();
    await chat.converse("/rate 0 /echo about water");
    await chat.page.getByRole("heading", { level: 1, name: "about water" }).waitFor();
    await choose(chat, "Rename");
    const field = list(chat).getByRole("textbox", { name: "Title of the chat" });
    await field.fill("Lagoons");
    await field.press("Enter");
    await chat.page.getByRole("heading", { level: 1, name: "Lagoons" }).waitFor();

    const link = list(chat).getByRole("link", { name: "Lagoons" });
    await link.waitFor();
    await choose(chat, "Delete");
    await link.waitFor({ state: "detached" });
    await chat.page.getByRole("button", { name: "Undo" }).click();
    await link.waitFor();
    await passUndoTime(chat.page, async () => choose(chat, "Delete"));
    await chat.page.getByText("This chat was deleted").waitFor();
    expect(chat.errors).toEqual([]);
  });

  test("a new name leaves waiting messages and drafts alone", async () => {
    const socket = new CuttableSocket();
    const chat = await open(socket.prepare);
    await chat.converse("/rate 0 /echo before");
    await socket.cut();
    await chat.page.getByTestId("connection").waitFor();
    await chat.send("/rate 0 /echo it waited");
    await chat.composer.fill("half a thought");
    await list(chat).locator("[aria-haspopup=menu]").last().click();
    await chat.page.getByRole("menuitem", { name: "Change your name" }).click();
    await chat.page.getByRole("textbox", { name: "Your name" }).fill("Grace");
    await chat.page.getByRole("button", { name: "Save" }).click();
    await list(chat).getByText("Grace").waitFor();
    await chat.messages.filter({ hasText: "it waited" }).getByText("Waits for the connection").waitFor();

    await chat.page.getByRole("button", { name: "New chat" }).first().click();
    await until(async () => (await chat.composer.inputValue()) === "", "the empty field of the new chat");
    await chat.page.goBack();
    await until(async () => (await chat.composer.inputValue()) === "half a thought", "the draft");
    socket.isCut = false;
    await reconnect(chat, () => chat.finished.filter({ hasText: "it waited" }).isVisible());
    const other = await stage.open({ session: chat.session });
    await until(async () => (await other.messages.count()) === 2, "the message that waited");
    await other.messages.filter({ hasText: "it waited" }).getByText("Grace").waitFor();
    expect(chat.errors).toEqual([]);
  });
});

/** A database that is about to fail: it stores entries, and does not remove them. */
const deafness: Readonly<Record<string, string>> = {
  refuses: `IDBObjectStore.prototype.delete = () => { throw new DOMException("failed", "UnknownError"); };`,
  "does not answer": `
    IDBObjectStore.prototype.delete = function () {
      this.transaction.addEventListener = () => undefined;
      return this.get(["", ""]);
    };`,
};

test.each(Object.entries(deafness))(
  "outbox - a message that was taken back is not sent by the next page where the database %s",
  async (_what, script) => {
    const socket = new CuttableSocket();
    const chat = await stage.open({
      async prepare(page) {
        await page.addInitScript(script);
        await socket.prepare(page);
      },
    });
    await chat.converse("/rate 0 /echo before");
    await socket.cut();
    await chat.page.getByTestId("connection").waitFor();
    await chat.send("/rate 0 /echo better not");
    const isKept = async () => JSON.stringify(await waitingIn(chat)).includes("better not");
    await until(isKept, "the message to be in the database");
    await chat.messages.getByRole("button", { name: "Take back" }).click();
    await until(async () => (await chat.composer.inputValue()) === "/rate 0 /echo better not", "the text");
    const next = await chat.openTab();
    await chat.page.close();
    await next.converse("/rate 0 /echo after");
    // A waiting message is sent before a later one.
    expect(await next.messages.allInnerTexts()).toEqual([
      expect.stringContaining("before"),
      expect.stringContaining("after"),
    ]);
    expect(await waitingIn(next)).toEqual([]);
    expect(next.errors).toEqual([]);
  },
);

/** The entries of the database after all earlier requests. */
async function waitingIn(chat: ChatPage): Promise<unknown[]> {
  return chat.page.evaluate(
    async () =>
      new Promise<unknown[]>((resolve, reject) => {
        const opening = indexedDB.open("natter-outbox");
        opening.addEventListener("error", () => reject(new Error("no database")));
        opening.addEventListener("success", () => {
          const found = opening.result.transaction("entries", "readwrite").objectStore("entries").getAll();
          found.addEventListener("success", () => resolve(found.result));
        });
      }),
  );
}

/** A browser that lets no site store anything: neither cookies nor storage. */
async function openForgetful(folder: string): Promise<BrowserContext> {
  await mkdir(join(folder, "Default"));
  const preferences = { profile: { default_content_setting_values: { cookies: 2 } } };
  await writeFile(join(folder, "Default", "Preferences"), JSON.stringify(preferences));
  return chromium.launchPersistentContext(folder, {
    executablePath: findBrowser() ?? "",
    args: ["--no-sandbox"],
    locale: "en-US",
  });
}

test("no cookies - one is the same guest as long as the page is open", async () => {
  const folder = await mkdtemp(join(tmpdir(), "natter-profile-"));
  const context = await openForgetful(folder);
  try {
    const chat = await ChatPage.openIn(context, stage.natter.url);
    await chat.converse("/rate 0 /echo about water");
    await chat.page.getByRole("heading", { level: 1, name: "about water" }).waitFor();
    expect(await context.cookies()).toEqual([]);
    await passUndoTime(chat.page, async () => choose(chat, "Delete"));
    await chat.page.getByText("This chat was deleted").waitFor();
    expect(chat.errors).toEqual([]);
  } finally {
    await context.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
