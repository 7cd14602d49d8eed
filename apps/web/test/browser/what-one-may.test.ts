import type { Request } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

function list(chat: ChatPage) {
  return chat.page.getByRole("navigation", { name: "Chats" });
}

function isDetails(request: Request): boolean {
  return /\/api\/sessions\/[^/?]+\?/.test(request.url());
}

/** The items of the current chat's menu, once the page knows what the person may do. */
async function offers(chat: ChatPage): Promise<string[]> {
  const current = list(chat).locator("a[aria-current=page]");
  await current.waitFor();
  await current.hover();
  const deletion = chat.page.getByRole("menuitem", { name: "Delete" });
  const answered = chat.page.waitForEvent("requestfinished", isDetails);
  const refused = chat.page.waitForEvent("requestfailed", isDetails);
  await list(chat)
    .getByRole("button", { name: /Actions for/ })
    .click();
  // The menu requests the answer only if the list does not have it.
  await Promise.any([deletion.waitFor(), answered, refused]);
  await chat.page.getByRole("menuitem", { name: "Copy link" }).waitFor();
  const items = await chat.page.getByRole("menuitem").allInnerTexts();
  await chat.page.keyboard.press("Escape");
  await chat.page.getByRole("menu").waitFor({ state: "detached" });
  return items;
}

test("permissions - only the person who began a chat is offered to delete it, at once and after a reload", async () => {
  const ann = await stage.open({ name: "Ann" });
  await ann.converse("/rate 0 /echo from Ann");
  const bob = await stage.open({ name: "Bob", session: ann.session });
  await bob.converse("/rate 0 /echo from Bob");
  for (const isReloaded of [false, true]) {
    if (isReloaded) for (const { page } of [ann, bob]) await page.reload();
    await until(async () => (await offers(ann)).includes("Delete"), "the offer");
    expect(await offers(bob)).toEqual(["Rename", "Pin", "Archive", "Copy link"]);
  }
  // The deletion is not offered where the server did not answer.
  await bob.page.route(/\/api\/sessions\/[^/?]+\?/, (route) => route.abort());
  expect(await offers(bob)).not.toContain("Delete");
});

test("permissions - only the author of a message is offered to change or delete it", async () => {
  const ann = await stage.open({ name: "Ann" });
  await ann.converse("/rate 0 /echo from Ann");
  const bob = await stage.open({ name: "Bob", session: ann.session });
  await bob.converse("/rate 0 /echo from Bob");
  await until(async () => (await ann.messages.count()) === 2, "both messages");
  for (const [chat, own, other] of [
    [ann, "from Ann", "from Bob"],
    [bob, "from Bob", "from Ann"],
  ] as const) {
    const offered = async (text: string): Promise<(string | null)[]> => {
      const buttons = chat.messages.filter({ hasText: text }).getByRole("button");
      return Promise.all((await buttons.all()).map((button) => button.getAttribute("aria-label")));
    };
    expect(await offered(own)).toEqual(["Reply", "React", "Copy", "Edit", "Delete"]);
    expect(await offered(other)).toEqual(["Reply", "React", "Copy"]);
    expect(await chat.answers.getByRole("button", { name: /^(Edit|Delete)$/ }).count()).toBe(0);
    // The key edits the last message of one's own.
    await chat.composer.press("ArrowUp");
    const field = chat.page.getByRole("textbox", { name: "New text of the message" });
    expect(await field.inputValue()).toContain(own);
    await field.press("Escape");
  }
});
