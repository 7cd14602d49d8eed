import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "../stage/chat-page.ts";
import { useStage } from "../stage/stage.ts";
import { reconnect, CuttableSocket } from "../stage/cuttable-socket.ts";

const stage = useStage();

function list(chat: ChatPage): Locator {
  return chat.page.getByRole("navigation", { name: "Chats" });
}

function titleField(chat: ChatPage): Locator {
  return list(chat).getByRole("textbox", { name: "Title of the chat" });
}

function current(chat: ChatPage): Locator {
  return list(chat).locator("a[aria-current=page]");
}

/** Opens the field with the title of the current chat. */
async function beginRename(chat: ChatPage): Promise<void> {
  await current(chat).hover();
  await list(chat)
    .getByRole("button", { name: /Actions for/ })
    .click();
  await chat.page.getByRole("menuitem", { name: "Rename" }).click();
  await titleField(chat).waitFor();
}

async function openNamePanel(chat: ChatPage): Promise<Locator> {
  await list(chat).locator("[aria-haspopup=menu]").last().click();
  await chat.page.getByRole("menuitem", { name: "Change your name" }).click();
  const field = chat.page.getByRole("textbox", { name: "Your name" });
  await field.waitFor();
  return field;
}

async function renameMyself(chat: ChatPage, name: string): Promise<void> {
  const field = await openNamePanel(chat);
  await field.fill(name);
  await chat.page.getByRole("button", { name: "Save" }).click();
  await field.waitFor({ state: "detached" });
}

test("title - a refused one is back in its field, with the reason", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo about water");
  await chat.page.getByRole("heading", { level: 1, name: "about water" }).waitFor();
  await beginRename(chat);
  await chat.page.route(/\/api\/sessions\//, (route) =>
    route.request().method() === "PATCH" ? route.abort() : route.continue(),
  );
  await titleField(chat).fill("Lagoons");
  await titleField(chat).press("Enter");
  await list(chat).getByText("The server was not reached.").waitFor();
  expect(await titleField(chat).inputValue()).toBe("Lagoons");
  await chat.page.reload();
  await titleField(chat).waitFor();
  expect(await titleField(chat).inputValue()).toBe("Lagoons");
  await chat.page.unrouteAll();
  await titleField(chat).press("Enter");
  await current(chat).filter({ hasText: "Lagoons" }).waitFor();
  await chat.page.getByRole("heading", { level: 1, name: "Lagoons" }).waitFor();
});

test("title - its text stays in the field while an answer streams and after a reload", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo about water");
  await chat.page.getByRole("heading", { level: 1, name: "about water" }).waitFor();
  await chat.composer.fill("/rate 20 /count 20");
  await chat.composer.press("Enter");
  await beginRename(chat);
  await chat.page.keyboard.type("Half a");
  await until(async () => (await chat.finished.count()) === 2, "the answer");
  await chat.page.keyboard.type(" title");
  expect(await titleField(chat).inputValue()).toBe("Half a title");
  await chat.page.reload();
  await titleField(chat).waitFor();
  expect(await titleField(chat).inputValue()).toBe("Half a title");
  await titleField(chat).press("Escape");
  await current(chat).filter({ hasText: "about water" }).waitFor();
});

test("title - Escape puts its text aside, and it is back when the field is opened again", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo about rivers");
  await chat.page.getByRole("heading", { level: 1, name: "about rivers" }).waitFor();
  await beginRename(chat);
  await titleField(chat).fill("Half a title");
  await titleField(chat).press("Escape");
  await current(chat).filter({ hasText: "about rivers" }).waitFor();
  await chat.page.reload();
  await current(chat).filter({ hasText: "about rivers" }).waitFor();
  await beginRename(chat);
  expect(await titleField(chat).inputValue()).toBe("Half a title");
});

test("title - an unchanged field changes nothing", async () => {
  const ann = await stage.open({ name: "Ann" });
  // The chat has no title until the answer is complete: the list shows its last message.
  await ann.send("/rate 20 /count 3000");
  await current(ann).filter({ hasText: "/count 3000" }).waitFor();
  const bob = await stage.open({ name: "Bob", session: ann.session });
  const patches: string[] = [];
  ann.page.on("request", (request) => {
    if (request.method() === "PATCH") patches.push(request.url());
  });
  for (const leave of ["Enter", "Tab", "Escape"]) {
    await beginRename(ann);
    await titleField(ann).press(leave);
    await titleField(ann).waitFor({ state: "detached" });
  }
  await beginRename(ann);
  await ann.composer.click();
  await titleField(ann).waitFor({ state: "detached" });
  await beginRename(ann);
  await titleField(ann).fill("Ann's own");
  await titleField(ann).press("Enter");
  // The later title has arrived, so an earlier one would have arrived, too.
  await bob.page.getByRole("heading", { level: 1, name: "Ann's own" }).waitFor();
  expect(patches).toHaveLength(1);
});

test("new name - waiting messages stay, and are sent once", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ name: "Ann", prepare: socket.prepare });
  await chat.converse("/rate 0 /echo before");
  await socket.cut();
  await chat.page.getByTestId("connection").waitFor();
  await chat.send("/rate 0 /echo one");
  await chat.send("/rate 0 /echo two");
  await chat.composer.fill("and a draft");
  await renameMyself(chat, "Anna");
  await until(
    async () => (await chat.messages.filter({ hasText: "Waits for the connection" }).count()) === 2,
    "both to wait",
  );
  expect(await chat.page.getByText("Not sent").count()).toBe(0);
  expect(await chat.composer.inputValue()).toBe("and a draft");
  socket.isCut = false;
  await reconnect(chat, async () => (await chat.finished.count()) === 3);
  const other = await stage.open({ session: chat.session });
  await until(async () => (await other.finished.count()) === 3, "all answers");
  expect(await other.finished.locator(".prose-answer").allInnerTexts()).toEqual(["before", "one", "two"]);
  expect(await other.messages.count()).toBe(3);
});

test("new name - shown and waiting messages stay also offline, and after a second change", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ name: "Ann", prepare: socket.prepare });
  await chat.converse("/rate 0 /echo before");
  await chat.page.route(/\/api\//, (route) => (socket.isCut ? route.abort() : route.continue()));
  await socket.cut();
  await chat.send("/rate 0 /echo waits");
  for (const name of ["Anna", "Annabel"]) {
    await renameMyself(chat, name);
    expect(await chat.finished.locator(".prose-answer").allInnerTexts()).toEqual(["before"]);
    expect(await chat.messages.filter({ hasText: "Waits for the connection" }).count()).toBe(1);
    expect(await current(chat).count()).toBe(1);
  }
  socket.isCut = false;
  await reconnect(chat, async () => (await chat.finished.count()) === 2);
  expect(await chat.messages.count()).toBe(2);
  const other = await stage.open({ session: chat.session });
  await other.messages.filter({ hasText: "waits" }).getByText("Annabel", { exact: true }).waitFor();
});

test("new name - the typed text survives the closing of the panel", async () => {
  const chat = await stage.open({ name: "Ann" });
  const field = await openNamePanel(chat);
  await field.fill("Annab");
  await chat.page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  await chat.page.reload();
  expect(await (await openNamePanel(chat)).inputValue()).toBe("Annab");
  await chat.page.getByRole("button", { name: "Cancel" }).click();
  await field.waitFor({ state: "detached" });
  expect(await (await openNamePanel(chat)).inputValue()).toBe("Ann");
});

test("search - its words are still there when the drawer is opened again", async () => {
  const chat = await stage.open({ viewport: { width: 500, height: 700 } });
  await chat.page.getByRole("button", { name: "Open the list of chats" }).click();
  const search = chat.page.getByRole("dialog").getByRole("searchbox");
  await search.fill("lagoon");
  await chat.page.getByRole("button", { name: "Close the list of chats" }).click();
  await search.waitFor({ state: "detached" });
  await chat.page.getByRole("button", { name: "Open the list of chats" }).click();
  expect(await search.inputValue()).toBe("lagoon");
  // Escape empties the field first. In an empty field it closes the drawer.
  await search.press("Escape");
  expect(await search.inputValue()).toBe("");
  await search.press("Escape");
  await search.waitFor({ state: "detached" });
});
