import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";
import { passUndoTime } from "./stage/undo-time.ts";

const stage = useStage();

function list(chat: ChatPage) {
  return chat.page.getByRole("navigation", { name: "Chats" });
}

function link(chat: ChatPage, title: string) {
  return list(chat).getByRole("link", { name: title, exact: true });
}

async function choose(chat: ChatPage, title: string, action: string): Promise<void> {
  await link(chat, title).hover();
  await list(chat)
    .getByRole("button", { name: `Actions for “${title}”` })
    .click();
  await chat.page.getByRole("menuitem", { name: action }).click();
}

/** Begins a chat and gives it a title. */
async function createChat(chat: ChatPage, text: string, title: string): Promise<void> {
  await chat.page.getByRole("button", { name: "New chat" }).first().click();
  await until(async () => (await chat.messages.count()) === 0, "the empty chat");
  await chat.converse(text);
  await list(chat).locator("a[aria-current=page]").waitFor();
  const named = await until(
    async () => (await list(chat).locator("a[aria-current=page]").innerText()) !== "",
    "its entry",
  ).then(() => list(chat).locator("a[aria-current=page]").innerText());
  await choose(chat, named, "Rename");
  const field = list(chat).getByRole("textbox", { name: "Title of the chat" });
  await field.fill(title);
  await field.press("Enter");
  await link(chat, title).waitFor();
}

test("list of chats - a new chat gets a title, and a person's title stays", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo A lagoon is a shallow body of water");
  await chat.page.getByRole("heading", { level: 1, name: /lagoon/i }).waitFor({ timeout: 20_000 });
  await list(chat).getByRole("heading", { name: "Today" }).waitFor();
  const title = await list(chat).locator("a[aria-current=page]").innerText();
  await choose(chat, title, "Rename");
  const field = list(chat).getByRole("textbox", { name: "Title of the chat" });
  await field.fill("Water");
  await field.press("Enter");
  await chat.page.getByRole("heading", { level: 1, name: "Water" }).waitFor();
  await chat.converse("/rate 0 /echo more");
  await chat.page.reload();
  await link(chat, "Water").waitFor();
  await chat.page.getByRole("heading", { level: 1, name: "Water" }).waitFor();
  await expect.poll(async () => chat.page.title()).toBe("Water · natter");
});

test("list of chats - one can pin a chat, archive it, undo that, and find archived chats", async () => {
  const chat = await stage.open();
  await createChat(chat, "/rate 0 /echo one", "First");
  await createChat(chat, "/rate 0 /echo two", "Second");
  await choose(chat, "First", "Pin");
  await list(chat).getByRole("heading", { name: "Pinned" }).waitFor();
  expect((await list(chat).getByRole("link").allInnerTexts()).slice(0, 2)).toEqual(["First", "Second"]);

  await choose(chat, "Second", "Archive");
  await link(chat, "Second").waitFor({ state: "detached" });
  await chat.page.getByRole("button", { name: "Undo" }).click();
  await link(chat, "Second").waitFor();
  await choose(chat, "Second", "Archive");
  await link(chat, "Second").waitFor({ state: "detached" });
  await list(chat).getByRole("button", { name: "Archived chats" }).click();
  await link(chat, "Second").waitFor();
  await choose(chat, "Second", "Move back to chats");
  await list(chat).getByRole("button", { name: "Back to chats" }).click();
  await link(chat, "Second").waitFor();
});

test("list of chats - a deletion can be undone, and happens also if the page is closed meanwhile", async () => {
  const chat = await stage.open();
  await createChat(chat, "/rate 0 /echo one", "Mistake");
  await createChat(chat, "/rate 0 /echo two", "Rubbish");
  await choose(chat, "Mistake", "Delete");
  await link(chat, "Mistake").waitFor({ state: "detached" });
  await chat.page.getByRole("button", { name: "Undo" }).click();
  await link(chat, "Mistake").waitFor();

  await choose(chat, "Rubbish", "Delete");
  await link(chat, "Rubbish").waitFor({ state: "detached" });
  await passUndoTime(chat.page, async () => {
    await chat.page.reload();
    await link(chat, "Mistake").waitFor();
    expect(await link(chat, "Rubbish").count()).toBe(0);
  });
  // The deleted chat is open: its reader sees that it was deleted.
  await chat.page.getByText("This chat was deleted").waitFor();
  await chat.page.getByRole("button", { name: "New chat" }).last().click();
  await chat.composer.waitFor();
  expect(chat.errors).toEqual([]);
});

test("list of chats - the search finds titles and words of messages, also Korean ones inside longer words", async () => {
  const chat = await stage.open();
  await createChat(chat, "/rate 0 /echo 오늘은 한강공원에서 산책했어요", "강가");
  await createChat(chat, "/rate 0 /echo the zebra crossed the road", "Animals");
  const search = chat.page.getByRole("searchbox", { name: "Search chats and messages" });
  await search.fill("Anim");
  await link(chat, "Animals").waitFor();
  expect(await link(chat, "강가").count()).toBe(0);
  await search.fill("한강");
  const hit = list(chat).getByRole("button", { name: /강가/ }).filter({ hasText: "한강" }).first();
  await hit.waitFor();
  expect(await hit.locator("mark").innerText()).toBe("한강");
  await hit.click();
  await chat.page.getByRole("heading", { level: 1, name: "강가" }).waitFor();
  // The width of letters does not matter, and the hit is marked as it was written.
  await search.fill("ＺＥＢＲＡ");
  await list(chat)
    .getByRole("button", { name: /Animals/ })
    .locator("mark")
    .first()
    .waitFor();
  expect(await list(chat).locator("mark").first().innerText()).toBe("zebra");
  await search.fill("ａｎｉｍ");
  await link(chat, "Animals").waitFor();
  await search.fill("nobody said this");
  await chat.page.getByText("Nothing was found for “nobody said this”.").waitFor();
  await search.press("Escape");
  await link(chat, "Animals").waitFor();
});

test("list of chats - the search reports that it did not search all messages", async () => {
  const chat = await stage.open();
  await createChat(chat, "/rate 0 /echo the zebra crossed the road", "Animals");
  await chat.page.route("**/api/search*", async (route) => {
    const answer = await route.fetch();
    await route.fulfill({ json: { ...((await answer.json()) as object), truncated: true } });
  });
  const search = chat.page.getByRole("searchbox", { name: "Search chats and messages" });
  const line = chat.page.getByText("Not all messages were searched.");
  await search.fill("zebra");
  await list(chat).locator("mark").first().waitFor();
  await line.waitFor();
  await search.fill("nobody said this");
  await chat.page.getByText(/Nothing was found/).waitFor({ state: "detached" });
  await line.waitFor();
  await search.press("Escape");
  await line.waitFor({ state: "detached" });
  expect(await list(chat).locator("mark").count()).toBe(0);
});

test("list of chats - the link of a chat leads another person to it", async () => {
  const chat = await stage.open({ name: "Ann" });
  await chat.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await chat.converse("/rate 0 /echo for two");
  await chat.page.locator("header").getByRole("button", { name: "Copy link" }).click();
  const address = await chat.page.evaluate(() => navigator.clipboard.readText());
  const other = await stage.open({
    session: new URL(address).searchParams.get("session") ?? "",
    name: "Bob",
  });
  await other.finished.waitFor();
  expect(await other.lastAnswer()).toBe("for two");
});

test("first visit - one is a guest with a name, and the page states that the demo model answers", async () => {
  const chat = await stage.open();
  const greeting = chat.page.getByText(/You are here as \w+ \w+\./);
  await expect.poll(async () => greeting.count()).toBe(1);
  await chat.page.getByRole("button", { name: "Write four lines about rain" }).click();
  await chat.finished.waitFor();
  await chat.page.getByTitle(/The demo model answers here\. It does not think/).waitFor();

  await list(chat).locator("[aria-haspopup=menu]").last().click();
  await chat.page.getByRole("menuitem", { name: "Change your name" }).click();
  await chat.page.getByRole("textbox", { name: "Your name" }).fill("Grace");
  await chat.page.getByRole("button", { name: "Save" }).click();
  await chat.converse("/rate 0 /echo hi");
  const other = await stage.open({ session: chat.session });
  await other.messages.filter({ hasText: "Grace" }).waitFor();
});

test("invalid link - the page reports it and offers a new chat", async () => {
  const chat = await stage.open();
  await chat.page.goto(`${stage.natter.url}/?session=${encodeURIComponent("../x y")}`);
  await chat.page.getByText("There is no such chat").waitFor();
  expect(await chat.composer.count()).toBe(0);
  await chat.page.getByRole("main").getByRole("button", { name: "New chat" }).click();
  await chat.composer.waitFor();
  await chat.page.locator("#composer textarea:focus").waitFor();
});
