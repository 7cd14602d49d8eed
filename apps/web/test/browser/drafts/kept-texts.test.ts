import { SessionAuthor } from "@natter/testing";
import type { Locator } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "../stage/chat-page.ts";
import { useStage } from "../stage/stage.ts";
import { reconnect, CuttableSocket } from "../stage/cuttable-socket.ts";

const stage = useStage();
const tooLong = "가".repeat(30_000);

function editor(chat: ChatPage): Locator {
  return chat.page.getByRole("textbox", { name: "New text of the message" });
}

async function beginEdit(chat: ChatPage, text: string): Promise<void> {
  // The key opens the editor only if the page has the author's message, which can come after its answer.
  await until(async () => {
    await chat.composer.press("ArrowUp");
    return (await editor(chat).count()) > 0;
  }, "the editor");
  await editor(chat).fill(text);
}

/** JSON of the client's outbox in the browser: what waits to be sent, and what was refused. */
const readOutbox = `(async () => {
  const result = (request) => new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(request.error));
  });
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    if (database.objectStoreNames.contains("entries"))
      found.push(await result(database.transaction("entries").objectStore("entries").getAll()));
    database.close();
  }
  return JSON.stringify(found);
})()`;

async function textsInOutbox(chat: ChatPage): Promise<string> {
  return chat.page.evaluate<string>(readOutbox);
}

/** The page shows an edit before the database stores it. */
async function untilInOutbox(chat: ChatPage, text: string): Promise<void> {
  await until(async () => (await textsInOutbox(chat)).includes(text), "the edit in the outbox");
}

/** Removes the drafts of edits, as if the browser's storage for texts were full. */
async function forgetFields({ page }: ChatPage): Promise<void> {
  await page.evaluate(() => {
    for (const storage of [localStorage, sessionStorage])
      for (const name of Object.keys(storage)) if (name.includes(".edit.")) storage.removeItem(name);
  });
  await page.reload();
}

/** Scrolls up until the editor is in the page. */
async function findEditor(chat: ChatPage): Promise<void> {
  await chat.messages.first().waitFor();
  await chat.list.hover();
  await until(async () => {
    await chat.page.mouse.wheel(0, -600);
    return (await editor(chat).count()) === 1;
  }, "the editor");
}

test("edit - its text stays when its row scrolls away, another chat is opened or the page is reloaded", async () => {
  const session = "edit-stays";
  const chat = await stage.open({ session, viewport: { width: 1000, height: 500 } });
  await chat.converse("/rate 0 /echo the first");
  await using author = await SessionAuthor.open(stage.natter.brokerUrl);
  await author.write(session, 40);
  await chat.finished.filter({ hasText: "Answer 19." }).waitFor();
  await beginEdit(chat, "a better text");
  await chat.list.hover();
  await until(async () => {
    await chat.page.mouse.wheel(0, 600);
    return (await editor(chat).count()) === 0;
  }, "the row to be out of the page");
  await findEditor(chat);
  expect(await editor(chat).inputValue()).toBe("a better text");

  await chat.page.getByRole("button", { name: "New chat" }).first().click();
  await editor(chat).waitFor({ state: "detached" });
  await chat.page.goBack();
  await findEditor(chat);
  expect(await editor(chat).inputValue()).toBe("a better text");
  await chat.page.reload();
  await findEditor(chat);
  expect(await editor(chat).inputValue()).toBe("a better text");
  await chat.page.getByRole("button", { name: "Save", exact: true }).click();
  await chat.messages.filter({ hasText: "a better text" }).getByText("edited").waitFor();
  expect(await editor(chat).count()).toBe(0);
});

test("edit - a text that is too long is back in the editor, with the reason", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo short");
  await beginEdit(chat, tooLong);
  await chat.page.getByRole("button", { name: "Save", exact: true }).click();
  await chat.page.getByTestId("refusal").getByText("It is longer than one message may be").waitFor();
  expect(await editor(chat).inputValue()).toBe(tooLong);
  await editor(chat).fill("short enough");
  await editor(chat).press("Enter");
  await chat.messages.filter({ hasText: "short enough" }).getByText("edited").waitFor();
  expect(await editor(chat).count()).toBe(0);
});

test("edit - a refused text is back in the editor, with the reason", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo as it was");
  socket.refusedType = "edit";
  await beginEdit(chat, "as it shall be");
  await editor(chat).press("Enter");
  await chat.page.getByTestId("refusal").getByText("You may not do that here.").waitFor();
  expect(await editor(chat).inputValue()).toBe("as it shall be");
  expect(await textsInOutbox(chat)).toContain("as it shall be");
  await chat.page.getByRole("button", { name: "Cancel", exact: true }).click();
  await until(async () => !(await textsInOutbox(chat)).includes("as it shall be"), "an empty outbox");
});

test("edit - a text that is refused after a reload is back in the editor", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo as it was");
  await socket.cut();
  await beginEdit(chat, "written without a connection");
  await editor(chat).press("Enter");
  await chat.messages.filter({ hasText: "written without a connection" }).waitFor();
  await untilInOutbox(chat, "written without a connection");
  await chat.page.reload();
  await chat.messages.filter({ hasText: "written without a connection" }).waitFor();
  expect(await editor(chat).count()).toBe(0);
  socket.refusedType = "edit";
  socket.isCut = false;
  await reconnect(chat, () => chat.page.getByTestId("refusal").isVisible());
  expect(await editor(chat).inputValue()).toBe("written without a connection");
});

test("edit - one made offline survives a reload, and is saved once there is a connection", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo as it was");
  await socket.cut();
  await beginEdit(chat, "written without a connection");
  await editor(chat).press("Enter");
  await chat.messages.filter({ hasText: "written without a connection" }).waitFor();
  await untilInOutbox(chat, "written without a connection");
  await chat.page.reload();
  await chat.messages.filter({ hasText: "written without a connection" }).waitFor();
  socket.isCut = false;
  const saved = chat.messages.filter({ hasText: "written without a connection" }).getByText("edited");
  await reconnect(chat, () => saved.isVisible());
  const other = await chat.openTab();
  await other.messages.filter({ hasText: "written without a connection" }).getByText("edited").waitFor();
  expect(await editor(chat).count()).toBe(0);
  expect(await editor(other).count()).toBe(0);
});

test("edit - two tabs have two texts, also after a reload", async () => {
  const first = await stage.open();
  await first.converse("/rate 0 /echo as it was");
  const second = await first.openTab();
  await second.finished.waitFor();
  await beginEdit(first, "changed in the first tab");
  await beginEdit(second, "changed in the second tab");
  await first.page.reload();
  await editor(first).waitFor();
  expect(await editor(first).inputValue()).toBe("changed in the first tab");
});

test.each([
  ["this page sent it", async (): Promise<void> => undefined],
  [
    "the page is loaded again before it is sent",
    async ({ page }: ChatPage): Promise<void> => void (await page.reload()),
  ],
  ["only the outbox still has it", forgetFields],
])(
  "edit - its text stands beside a message that was deleted meanwhile, with the reason, where %s",
  async (_case, meanwhile) => {
    const socket = new CuttableSocket();
    const chat = await stage.open({ prepare: socket.prepare });
    await chat.converse("/rate 0 /echo as it was");
    const other = await chat.openTab();
    await other.finished.waitFor();
    await socket.cut();
    await beginEdit(chat, "written without a connection");
    await editor(chat).press("Enter");
    await chat.messages.filter({ hasText: "written without a connection" }).waitFor();
    await other.messages.first().hover();
    await other.messages.first().getByRole("button", { name: "Delete" }).click();
    await other.messages.getByText("This message was deleted.").waitFor();
    await meanwhile(chat);
    socket.isCut = false;
    await reconnect(chat, () => chat.page.getByTestId("refusal").isVisible());
    await chat.messages.getByText("This message was deleted.").waitFor();
    expect(await editor(chat).inputValue()).toBe("written without a connection");
    expect(await chat.page.getByTestId("refusal").innerText()).toContain("It does not exist any more.");
    await chat.page.reload();
    await editor(chat).waitFor();
    expect(await editor(chat).inputValue()).toBe("written without a connection");
    await chat.page.getByRole("button", { name: "Cancel", exact: true }).click();
    await until(async () => !(await textsInOutbox(chat)).includes("written without"), "an empty outbox");
    await editor(chat).waitFor({ state: "detached" });
  },
);

test("edit - Escape puts its text aside, and Cancel forgets it", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo as it was");
  await beginEdit(chat, "half a change");
  await editor(chat).press("Escape");
  await editor(chat).waitFor({ state: "detached" });
  await chat.page.reload();
  await chat.finished.waitFor();
  expect(await editor(chat).count()).toBe(0);
  await chat.composer.press("ArrowUp");
  expect(await editor(chat).inputValue()).toBe("half a change");
  await chat.page.getByRole("button", { name: "Cancel" }).click();
  await chat.composer.press("ArrowUp");
  expect(await editor(chat).inputValue()).toBe("/rate 0 /echo as it was");
});

test("draft - a message that is taken back comes into the field, before the text there", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo to be answered");
  await socket.cut();
  await chat.messages.first().hover();
  await chat.messages.first().getByRole("button", { name: "Reply" }).click();
  await chat.send("too early");
  await chat.composer.fill("already the next");
  await chat.messages.filter({ hasText: "too early" }).getByRole("button", { name: "Take back" }).click();
  await until(
    async () => (await chat.composer.inputValue()) === "too early\nalready the next",
    "both texts in the field",
  );
  await chat.page.getByText("Replying to").waitFor();
  expect(await chat.page.getByText("Not sent").count()).toBe(0);
  expect(await chat.messages.count()).toBe(1);
});

test("draft - the text and the message that it replies to survive a reload", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo to be answered");
  await chat.messages.first().hover();
  await chat.messages.first().getByRole("button", { name: "Reply" }).click();
  await chat.composer.fill("half an answer");
  await chat.page.reload();
  await chat.page.getByText("Replying to").waitFor();
  expect(await chat.composer.inputValue()).toBe("half an answer");
  await chat.composer.press("Enter");
  await chat.messages.last().getByText("In reply to").waitFor();
});

test("draft - two tabs have two texts, and a new tab has the last one", async () => {
  const first = await stage.open();
  await first.converse("/rate 0 /echo before");
  const second = await first.openTab();
  await first.composer.fill("written in the first tab");
  await second.composer.fill("written in the second tab");
  await first.page.reload();
  await until(async () => (await first.composer.inputValue()) !== "", "a text in the field");
  expect(await first.composer.inputValue()).toBe("written in the first tab");
  expect(await (await first.openTab()).composer.inputValue()).toBe("written in the second tab");

  await first.composer.press("Enter");
  await first.messages.filter({ hasText: "written in the first tab" }).waitFor();
  await first.page.reload();
  await first.messages.filter({ hasText: "written in the first tab" }).waitFor();
  expect(await first.composer.inputValue()).toBe("");
  await second.page.reload();
  await until(async () => (await second.composer.inputValue()) !== "", "a text in the field");
  expect(await second.composer.inputValue()).toBe("written in the second tab");
});

test("draft - one tab stores 200 texts of its own, and the next one only for all tabs", async () => {
  const chat = await stage.open();
  const own = `natter.draft.${chat.session}`;
  const keptByTab = async (): Promise<readonly [count: number, own: string | null]> =>
    chat.page.evaluate((name) => [sessionStorage.length, sessionStorage.getItem(name)], own);
  await chat.page.evaluate(() => {
    for (let n = 1; n <= 200; n++) sessionStorage.setItem(`natter.draft.of-${n}`, n === 1 ? "" : `text ${n}`);
  });
  await chat.composer.fill("takes the place of an empty one");
  expect(await keptByTab()).toEqual([200, "takes the place of an empty one"]);
  await chat.page.evaluate((name) => {
    sessionStorage.removeItem(name);
    sessionStorage.setItem("natter.draft.of-1", "text 1");
  }, own);
  await chat.composer.fill("one more");
  expect(await keptByTab()).toEqual([200, null]);
  await chat.page.reload();
  await until(async () => (await chat.composer.inputValue()) === "one more", "the text in the field");
});

test("draft - the texts of a deleted chat can still be copied", async () => {
  const ann = await stage.open({ name: "Ann" });
  await ann.converse("/rate 0 /echo mine");
  const bob = await stage.open({ name: "Bob", session: ann.session });
  await bob.converse("/rate 0 /echo bob's own");
  await beginEdit(bob, "bob's correction");
  await bob.composer.fill("bob's long text");
  await ann.page.evaluate(async (id) => {
    await fetch(`/api/sessions/${id}`, { method: "DELETE" });
  }, ann.session);
  await bob.page.getByText("This chat was deleted").waitFor();
  await bob.page.getByText("bob's long text").waitFor();
  await bob.page.getByText("bob's correction").waitFor();
  await bob.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await bob.page
    .getByRole("listitem")
    .filter({ hasText: "bob's long text" })
    .getByRole("button", { name: "Copy" })
    .click();
  expect(await bob.page.evaluate(() => navigator.clipboard.readText())).toBe("bob's long text");
});
