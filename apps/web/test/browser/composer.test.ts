import type { CDPSession } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { CuttableSocket } from "./stage/cuttable-socket.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

/** An input method: it composes step by step, and then reports Enter as input methods do. */
class InputMethod {
  readonly #cdp: CDPSession;

  private constructor(cdp: CDPSession) {
    this.#cdp = cdp;
  }

  static async of(chat: ChatPage): Promise<InputMethod> {
    await chat.composer.focus();
    return new InputMethod(await chat.page.context().newCDPSession(chat.page));
  }

  async compose(...steps: readonly string[]): Promise<void> {
    for (const text of steps)
      await this.#cdp.send("Input.imeSetComposition", {
        text,
        selectionStart: text.length,
        selectionEnd: text.length,
      });
  }

  async commit(text: string): Promise<void> {
    await this.#cdp.send("Input.insertText", { text });
  }

  /** `processed`: the input method handled the key before the page. */
  async enter(processed: boolean): Promise<void> {
    const windowsVirtualKeyCode = processed ? 229 : 13;
    const key = { key: processed ? "Process" : "Enter", code: "Enter", windowsVirtualKeyCode };
    await this.#cdp.send("Input.dispatchKeyEvent", { type: "rawKeyDown", ...key });
    await this.#cdp.send("Input.dispatchKeyEvent", { type: "keyUp", ...key });
  }
}

async function sentTexts(chat: ChatPage): Promise<string[]> {
  return chat.messages.locator("p[dir=auto]").allInnerTexts();
}

test("composer - Enter sends, and Shift+Enter breaks the line", async () => {
  const chat = await stage.open();
  await chat.composer.pressSequentially("one");
  await chat.composer.press("Shift+Enter");
  await chat.composer.pressSequentially("two");
  await chat.composer.press("Enter");
  await chat.messages.waitFor();
  expect(await sentTexts(chat)).toEqual(["one\ntwo"]);
  expect(await chat.composer.inputValue()).toBe("");
  await chat.composer.press("Enter");
  await chat.finished.waitFor();
  expect(await chat.messages.count()).toBe(1);
});

test("composer - Enter in a Korean syllable sends once, with that syllable", async () => {
  const chat = await stage.open();
  const ime = await InputMethod.of(chat);
  await ime.commit("안녕하세");
  await ime.compose("ㅇ", "요");
  await ime.enter(true);
  await ime.commit("요");
  await ime.enter(false);
  await chat.messages.waitFor();
  await chat.finished.waitFor();
  expect(await sentTexts(chat)).toEqual(["안녕하세요"]);
  expect(await chat.composer.inputValue()).toBe("");
});

test("composer - Enter sends a Korean text also where the key is reported only once", async () => {
  const chat = await stage.open();
  const ime = await InputMethod.of(chat);
  for (const syllable of ["가", "나"]) {
    await ime.compose(syllable);
    await ime.enter(true);
    await ime.commit(syllable);
    await until(async () => (await sentTexts(chat)).includes(syllable), syllable);
  }
  expect(await sentTexts(chat)).toEqual(["가", "나"]);
});

test("composer - Enter confirms a Japanese or Chinese choice, and the next Enter sends", async () => {
  const chat = await stage.open();
  const ime = await InputMethod.of(chat);
  await ime.compose("に", "にほん", "日本");
  await ime.enter(true);
  await ime.commit("日本");
  expect(await chat.composer.inputValue()).toBe("日本");
  await ime.compose("ni", "你");
  await ime.enter(true);
  await ime.commit("你");
  await ime.enter(false);
  await chat.finished.waitFor();
  // A text that an earlier Enter had sent would be a message before this one.
  expect(await sentTexts(chat)).toEqual(["日本你"]);
});

test("composer - a message that is too long is back in the field, with the reason", async () => {
  const chat = await stage.open();
  const long = "가".repeat(30_000);
  await chat.composer.fill(long);
  await chat.composer.press("Enter");
  await chat.page.getByText("It is longer than one message may be").first().waitFor();
  expect(await chat.composer.inputValue()).toBe(long);
});

test("keyboard - keys lead to the search, to a new chat, to the composer and to the list of keys", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo hi");
  const before = chat.session;
  await chat.page.keyboard.press("Control+k");
  await chat.page.locator("#search:focus").waitFor();
  await chat.page.keyboard.press("Escape");
  await chat.list.focus();
  await chat.page.keyboard.press("?");
  const panel = chat.page.getByRole("dialog", { name: "Keyboard" });
  await panel.waitFor();
  await chat.page.keyboard.press("Escape");
  await panel.waitFor({ state: "detached" });
  await chat.list.focus();
  await chat.page.keyboard.press("/");
  await chat.page.locator("#composer textarea:focus").waitFor();
  await chat.page.keyboard.press("Alt+n");
  await until(async () => chat.session !== before, "the new chat");
  expect(await chat.messages.count()).toBe(0);
});

test("composer - the quoted message is its beginning in whole characters, however long its line is", async () => {
  const chat = await stage.open();
  const family = "👨‍👩‍👧‍👦";
  await chat.converse(`/rate 0 /echo ${family.repeat(300)}`);
  for (const row of [chat.answers.first(), chat.messages.first()]) {
    await row.hover();
    await row.getByRole("button", { name: "Reply" }).click();
    const shown = chat.page.locator("#composer span.truncate");
    await until(async () => (await shown.innerText()).includes(family), "the beginning");
    const text = (await shown.innerText()).replace("/rate 0 /echo ", "");
    expect(text.length).toBeLessThanOrEqual(200);
    expect(text.replaceAll(family, "")).toBe("");
  }
  await chat.converse("/rate 0 /echo to that");
  const quote = chat.messages.last().locator("p .line-clamp-2");
  expect((await quote.innerText()).replaceAll(family, "")).toMatch(/^In reply to [^:]+: \/rate 0 \/echo $/);
});

test("composer - a refused idea is reported, and the text in the field stays", async () => {
  const socket = new CuttableSocket();
  socket.refusedType = "message";
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.composer.fill("half a thought");
  await chat.page.locator("section button").first().click();
  await chat.page.locator("[data-notice]").waitFor();
  await chat.page.getByRole("button", { name: "Send again" }).waitFor();
  expect(await chat.composer.inputValue()).toBe("half a thought");
  expect(chat.errors).toEqual([]);
});
