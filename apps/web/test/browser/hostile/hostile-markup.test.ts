import { afterAll, expect, test } from "vitest";
import { until, type ChatPage } from "../stage/chat-page.ts";
import { harmlessPicture, hostileMarkup } from "./hostile-markup.ts";
import { useOwnStage } from "../stage/stage.ts";
import { settingsOf, startScriptedModel } from "../stage/scripted-model.ts";

/** Stands behind each answer: when it is in the page, the answer is complete. */
const endOf = (asked: string): string => `This is the end of ${asked}.`;
const texts: Readonly<Record<string, string>> = {
  ...Object.fromEntries(hostileMarkup.map((text, index) => [`number ${index}`, text])),
  dot: `![a dot](${harmlessPicture})`,
  own: "![own](/favicon.svg) ![asset](/assets/x.png) ![elsewhere](https://pictures.example/x.png)",
};
const provider = await startScriptedModel({
  textOf: (asked) => (texts[asked] === undefined ? undefined : `${texts[asked]}\n\n${endOf(asked)}`),
  // The page also shows half of each answer.
  pieces: 3,
  pauseMs: 50,
});
afterAll(async () => provider.close());
const stage = useOwnStage({ env: settingsOf(provider) });

/** The addresses that the page requests, also those of its own origin. */
function watchRequests(chat: ChatPage): string[] {
  const asked: string[] = [];
  chat.page.context().on("request", (request) => asked.push(request.url()));
  return asked;
}

async function ask(chat: ChatPage, text: string): Promise<void> {
  await chat.send(text);
  await chat.finished.last().getByText(endOf(text), { exact: true }).waitFor();
}

test("hostile markup - no answer sends a request by itself while it is streamed, loaded or under the pointer", async () => {
  const chat = await stage.open();
  const asked = watchRequests(chat);
  const dialogs: string[] = [];
  chat.page.on("dialog", (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const spied = (): string[] => asked.filter((address) => /spy/i.test(decodeURIComponent(address)));
  for (const index of hostileMarkup.keys()) {
    await ask(chat, `number ${index}`);
    expect({ text: hostileMarkup[index], spied: spied() }).toEqual({ text: hostileMarkup[index], spied: [] });
    for (const link of await chat.finished.last().getByRole("link").all()) await link.hover();
  }
  await chat.page.reload();
  await chat.finished
    .last()
    .getByText(endOf(`number ${hostileMarkup.length - 1}`), { exact: true })
    .waitFor();
  expect(spied()).toEqual([]);
  expect(dialogs).toEqual([]);
  expect(chat.page.context().pages()).toHaveLength(1);
  expect(new URL(chat.page.url()).origin).toBe(stage.natter.url);
  expect(chat.errors).toEqual([]);
  // The test would have seen a request.
  await chat.page.evaluate(() => void fetch("/api/sessions/spy/messages").catch(() => undefined));
  await until(async () => spied().length === 1, "the request that was made on purpose");
});

test("hostile markup - an inline image is shown, one of the page's origin never, one from elsewhere after a click", async () => {
  const chat = await stage.open();
  await ask(chat, "dot");
  const dot = chat.finished.last().getByRole("img", { name: "a dot" });
  await until(async () => dot.evaluate((image: HTMLImageElement) => image.naturalWidth === 1), "the dot");
  await ask(chat, "own");
  const answer = chat.finished.last();
  expect(await answer.locator("img").count()).toBe(0);
  expect(await answer.getByRole("button", { name: "Show it" }).count()).toBe(1);
  for (const name of ["own", "asset"]) await answer.getByText(name, { exact: true }).waitFor();
});
