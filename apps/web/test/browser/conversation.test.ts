import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

/** The paths that the page requests from another server. */
async function watchPictures(chat: ChatPage): Promise<string[]> {
  const asked: string[] = [];
  await chat.page.route("https://pictures.example/**", async (route) => {
    asked.push(new URL(route.request().url()).pathname);
    await route.fulfill({
      contentType: "image/svg+xml",
      body: '<svg xmlns="http://www.w3.org/2000/svg"/>',
    });
  });
  return asked;
}

test("answer - it streams with a caret, names its model and its size, and shows code, tables and math", async () => {
  const chat = await stage.open();
  await chat.send("/rate 40 /markdown 1");
  await chat.streaming.waitFor();
  await chat.page.locator(".is-writing").waitFor();
  await chat.finished.waitFor();
  const answer = chat.answers.last();
  expect(await answer.getByTestId("facts").innerText()).toMatch(/^\d+ tokens · first word after \d+\.\d s$/);
  expect(await answer.innerText()).toMatch(/^AI\s+Demo model\s/);
  await answer.locator("table").waitFor();
  await answer.locator(".katex").first().waitFor();
  // Korean particles follow an emphasis without a space.
  expect(await answer.locator('[data-streamdown="strong"]').allInnerTexts()).toContain("강조");
  await answer.locator('[data-streamdown="code-block"] span[style]').first().waitFor();
  await chat.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await answer.getByRole("button", { name: "Copy the code" }).click();
  expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toContain("const section");
  expect(await chat.page.locator(".is-writing").count()).toBe(0);
  expect(chat.errors).toEqual([]);
});

test("answer - its reasoning is folded, never read out, and still there after a reload", async () => {
  const chat = await stage.open();
  await chat.send("/rate 20 /reasoning 40 /echo It is 42.");
  const answer = chat.answers.last();
  const summary = answer.getByText("Thoughts", { exact: true });
  await summary.waitFor();
  await answer.getByRole("img", { name: "Thinking" }).waitFor();
  await chat.finished.waitFor();
  const thought = answer.getByText("thought 1 thought 2");
  for (const isReloaded of [false, true]) {
    if (isReloaded) await chat.page.reload();
    await summary.waitFor();
    expect(await thought.isVisible()).toBe(false);
    expect(await chat.lastAnswer()).toBe("It is 42.");
    const spoken = chat.page.getByRole("log", { name: "What is being said" });
    if (!isReloaded) await until(async () => (await spoken.innerText()) !== "", "the answer to be read out");
    expect(await spoken.innerText()).not.toContain("thought");
  }
  await summary.click();
  expect(await thought.innerText()).toContain("thought 40");
  expect(chat.errors).toEqual([]);
});

test("answer - the button and Escape stop it, and the text so far stays", async () => {
  const chat = await stage.open();
  await chat.send("/rate 20 /count 500");
  await chat.streaming.waitFor();
  await chat.page.locator(".is-writing", { hasText: "5" }).waitFor();
  await chat.page.getByRole("button", { name: "Stop", exact: true }).click();
  await chat.finished.waitFor();
  expect(await chat.answers.last().innerText()).toContain("Stopped here.");
  expect(await chat.lastAnswer()).toMatch(/^1 2 3 4 5/);

  await chat.send("/rate 20 /count 500");
  await chat.streaming.waitFor();
  await chat.page.locator(".is-writing", { hasText: "3" }).waitFor();
  await chat.page.keyboard.press("Escape");
  await until(async () => (await chat.finished.count()) === 2, "the second end");
  expect(await chat.page.getByRole("button", { name: "Stop", exact: true }).count()).toBe(0);
});

test("answer - another answer leaves the earlier one, and one can switch between them", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo one and only");
  const answer = chat.answers.last();
  await answer.hover();
  await answer.getByRole("button", { name: "Answer again" }).click();
  const versions = answer.getByRole("group", { name: "Answer 2 of 2" });
  await versions.waitFor();
  await versions.getByRole("button", { name: "Earlier answer" }).click();
  await answer.getByRole("group", { name: "Answer 1 of 2" }).waitFor();
  await answer.getByRole("button", { name: "Later answer" }).click();
  await versions.waitFor();
  expect(await chat.lastAnswer()).toBe("one and only");
});

test("answer - a failed one shows the reason and offers another answer", async () => {
  const chat = await stage.open();
  await chat.send("/fail 400 /rate 0 /count 3");
  const alert = chat.answers.last().getByRole("alert");
  await alert.waitFor({ timeout: 30_000 });
  expect(await alert.innerText()).toContain("The model's provider refuses this server's requests.");
  await alert.getByRole("button", { name: "Answer again" }).waitFor();
});

test("answer - an image from elsewhere is requested only after a click", async () => {
  const chat = await stage.open();
  const asked = await watchPictures(chat);
  await chat.converse(
    "/rate 0 /echo ![a duck](https://pictures.example/duck.svg) and <script>alert(1)</script>",
  );
  await chat.answers.last().getByText("Image from pictures.example").waitFor();
  expect(asked).toEqual([]);
  await chat.answers.last().getByRole("button", { name: "Show it" }).click();
  await chat.answers.last().getByRole("img", { name: "a duck" }).waitFor({ state: "attached" });
  await until(async () => asked.length === 1, "the image to be asked for");
  expect(await chat.page.locator("script").count()).toBe(2);
});

test("answer - HTML in it requests no image from elsewhere", async () => {
  const chat = await stage.open();
  const asked = await watchPictures(chat);
  await chat.converse(
    '/rate 0 /echo <picture><source srcset="https://pictures.example/secret"><img src="/favicon.svg" alt="own"></picture>',
  );
  await chat.answers.last().getByText("<picture>").waitFor();
  // A request of the answer would come before this one.
  await chat.page.evaluate(() => {
    new Image().src = "https://pictures.example/marker";
  });
  await until(async () => asked.includes("/marker"), "the request that the test makes");
  expect(asked).toEqual(["/marker"]);
});

test("answer - a click on an image does not request the image of another version", async () => {
  const chat = await stage.open();
  const asked = await watchPictures(chat);
  const answer = chat.answers.last();
  await chat.converse("/rate 0 /echo ![a duck](https://pictures.example/duck)");
  await answer.getByText("a duck").waitFor();
  await chat.composer.press("ArrowUp");
  const field = chat.page.getByRole("textbox", { name: "New text of the message" });
  await field.fill("/rate 0 /echo ![a swan](https://pictures.example/swan)");
  await field.press("Enter");
  await answer.getByText("a swan").waitFor();
  await answer.getByRole("button", { name: "Show it" }).click();
  await until(async () => asked.length === 1, "the image to be asked for");
  await answer.getByRole("button", { name: "Earlier answer" }).click();
  await answer.getByText("a duck").waitFor();
  expect(asked).toEqual(["/swan"]);
});

test("message - one sent while an answer streams is queued, can be taken back, and is answered next", async () => {
  const chat = await stage.open();
  await chat.send("/rate 15 /count 60");
  await chat.streaming.waitFor();
  await chat.send("/rate 0 /echo never");
  await chat.send("/rate 0 /echo then");
  await chat.page.getByText("The AI has read up to here").waitFor();
  const queued = chat.page.getByTestId("answer").filter({ hasText: "Queued" });
  await until(async () => (await queued.count()) === 2, "two queued messages");
  expect(await queued.first().innerText()).toContain("it is answered next");
  await queued.first().getByRole("button", { name: "Take back" }).click();
  await chat.messages.filter({ hasText: "This message was deleted." }).waitFor();
  expect(await chat.page.getByText("Stopped before the first word.").count()).toBe(0);
  await chat.answers.filter({ hasText: /^AI\s*Demo model\s*then/ }).waitFor();
  expect(await chat.list.innerText()).not.toContain("never");
  expect(await chat.page.getByText("The AI has read up to here").count()).toBe(0);
});

test("message - an edit changes it, and can ask for a new answer", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo frist");
  await chat.composer.press("ArrowUp");
  const field = chat.page.getByRole("textbox", { name: "New text of the message" });
  await field.fill("/rate 0 /echo first");
  await chat.page.getByRole("button", { name: "Save", exact: true }).click();
  await chat.messages.filter({ hasText: "edited" }).waitFor();
  expect(await chat.lastAnswer()).toBe("frist");

  await chat.messages.last().hover();
  await chat.messages.last().getByRole("button", { name: "Edit" }).click();
  await field.fill("/rate 0 /echo third");
  await chat.page.getByRole("button", { name: "Save and ask again" }).click();
  await until(async () => (await chat.lastAnswer()) === "third", "the new answer");
  await chat.answers.last().getByRole("group", { name: "Answer 2 of 2" }).waitFor();
});

test("message - one can copy it, reply to it, react to it and delete it", async () => {
  const chat = await stage.open();
  await chat.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await chat.converse("/rate 0 /echo hello");
  const own = chat.messages.first();
  await own.hover();
  await own.getByRole("button", { name: "Copy" }).click();
  expect(await chat.page.evaluate(() => navigator.clipboard.readText())).toBe("/rate 0 /echo hello");

  await own.getByRole("button", { name: "Reply" }).click();
  await chat.page.getByText("Replying to").waitFor();
  await chat.converse("/rate 0 /echo again");
  await chat.messages.last().getByText("In reply to").waitFor();

  await chat.answers.first().hover();
  await chat.answers.first().getByRole("button", { name: "React" }).click();
  await chat.page.getByRole("button", { name: "React with 🎉" }).click();
  const reaction = chat.answers.first().getByRole("button", { name: "🎉, 1. Press to change yours" });
  await reaction.click();
  await reaction.waitFor({ state: "detached" });

  await own.hover();
  await own.getByRole("button", { name: "Delete" }).click();
  await own.getByText("This message was deleted.").waitFor();
  expect(chat.errors).toEqual([]);
});

test("reload - one in the middle of an answer loses nothing, and two tabs show the same", async () => {
  const chat = await stage.open();
  await chat.send("/rate 25 /count 80");
  await chat.page.locator(".is-writing", { hasText: "9" }).waitFor();
  await chat.page.reload();
  await chat.streaming.waitFor();
  const tab = await chat.openTab();
  await chat.finished.waitFor();
  await tab.finished.waitFor();
  const whole = Array.from({ length: 80 }, (_, index) => index + 1).join(" ");
  expect([await chat.lastAnswer(), await tab.lastAnswer()]).toEqual([whole, whole]);
  expect(await tab.messages.count()).toBe(1);
});

test("reload - each chat keeps the text that was not sent", async () => {
  const chat = await stage.open();
  await chat.composer.fill("half a thought");
  await chat.page.getByRole("button", { name: "New chat" }).first().click();
  await until(async () => (await chat.composer.inputValue()) === "", "the empty field of the new chat");
  await chat.page.goBack();
  await until(async () => (await chat.composer.inputValue()) === "half a thought", "the draft");
  await chat.page.reload();
  expect(await chat.composer.inputValue()).toBe("half a thought");
});
