import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";
import { CuttableSocket } from "./stage/cuttable-socket.ts";

const stage = useStage();

/** Begins an answer that streams until the test stops it. */
async function beginAnswer(chat: ChatPage): Promise<void> {
  await chat.send("/rate 20 /count 2000");
  await chat.page.locator(".is-writing", { hasText: "3" }).waitFor();
}

/** Expects more of the answer. */
async function expectStreaming(chat: ChatPage): Promise<void> {
  const text = await chat.streaming.innerText();
  await until(async () => (await chat.streaming.innerText()).length > text.length, "more of the answer");
}

test("Escape - it stops the answer while a notice is shown, also an urgent one with the focus", async () => {
  const chat = await stage.open();
  await chat.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await beginAnswer(chat);
  await chat.page.getByRole("main").getByRole("button", { name: "Copy link" }).click();
  await chat.page.getByText("Link copied.").first().waitFor();
  await chat.page.keyboard.press("Escape");
  await chat.finished.waitFor();

  await beginAnswer(chat);
  await chat.page.context().clearPermissions();
  await chat.page.evaluate(() => {
    navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"));
  });
  await chat.page.getByRole("main").getByRole("button", { name: "Copy link" }).click();
  await chat.page.getByText("The browser did not allow copying.").first().waitFor();
  await chat.page.keyboard.press("F6");
  await chat.page.keyboard.press("Tab");
  await chat.page.keyboard.press("Escape");
  await until(async () => (await chat.finished.count()) === 2, "the second end");
  expect(await chat.page.getByText("Stopped here.").count()).toBe(2);
});

test("Escape - it closes a dialog first, then an editor, and then it stops the answer", async () => {
  const chat = await stage.open();
  await beginAnswer(chat);
  await chat.composer.press("ArrowUp");
  const editor = chat.page.getByRole("textbox", { name: "New text of the message" });
  await editor.waitFor();
  // The focus is elsewhere, as after a click beside the editor.
  await chat.list.focus();
  await chat.page.keyboard.press("?");
  const panel = chat.page.getByRole("dialog", { name: "Keyboard" });
  await panel.waitFor();
  await chat.page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  expect(await editor.count()).toBe(1);
  await chat.page.keyboard.press("Escape");
  await editor.waitFor({ state: "detached" });
  await expectStreaming(chat);
  await chat.page.keyboard.press("Escape");
  await chat.finished.waitFor();
});

test("Escape - in a menu, in the search and in the field of a title it does not stop the answer", async () => {
  const chat = await stage.open();
  await beginAnswer(chat);
  const list = chat.page.getByRole("navigation", { name: "Chats" });
  const search = list.getByRole("searchbox");
  await search.fill("some words");
  await search.press("Escape");
  expect(await search.inputValue()).toBe("");
  await list.locator("a[aria-current=page]").hover();
  await list.getByRole("button", { name: /Actions for/ }).click();
  await chat.page.getByRole("menu").waitFor();
  await chat.page.keyboard.press("Escape");
  await chat.page.getByRole("menu").waitFor({ state: "detached" });
  await list.locator("a[aria-current=page]").hover();
  await list.getByRole("button", { name: /Actions for/ }).click();
  await chat.page.getByRole("menuitem", { name: "Rename" }).click();
  await list.getByRole("textbox", { name: "Title of the chat" }).press("Escape");
  await list.getByRole("textbox", { name: "Title of the chat" }).waitFor({ state: "detached" });
  await expectStreaming(chat);
  await chat.page.keyboard.press("Escape");
  await chat.finished.waitFor();
});

test("connection - a screen reader is told each state once, without the countdown", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo before");
  // Records all that a screen reader reads out by itself, without the conversation.
  await chat.page.evaluate(`
    globalThis.heard = [];
    new MutationObserver((mutations) => {
      for (const { target } of mutations) {
        const element = target instanceof Element ? target : target.parentElement;
        const live = element?.closest("[role=status], [role=alert], [role=log], [aria-live]");
        if (live && !live.matches("[role=log]")) globalThis.heard.push(target.textContent);
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
  `);
  await socket.cut();
  const seen = new Set<string>();
  await until(
    async () => {
      const pill = chat.page.getByTestId("connection").getByText(/Reconnecting in \d+ s/);
      if (await pill.isVisible()) seen.add(await pill.innerText().catch(() => ""));
      return seen.size >= 2;
    },
    "the countdown to be seen",
    60_000,
  );
  socket.isCut = false;
  await chat.page
    .getByRole("button", { name: "Try now" })
    .click()
    .catch(() => undefined);
  await chat.page.getByTestId("connection").waitFor({ state: "detached", timeout: 60_000 });
  await until(
    async () => (await heard(chat)).at(-1) === "Connected",
    "the end of the trouble to be read out",
  );
  expect((await heard(chat)).filter((said) => said !== "")).toEqual(["Reconnecting", "Connected"]);
});

async function heard(chat: ChatPage): Promise<string[]> {
  return chat.page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}
