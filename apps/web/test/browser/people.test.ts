import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useOwnStage } from "./stage/stage.ts";

/** Two gateways, with people at both. */
const stage = useOwnStage({ gateways: 2 });

async function openBoth(): Promise<{ ann: ChatPage; bob: ChatPage }> {
  const ann = await stage.open({ name: "Ann" });
  const [, url = ""] = stage.natter.urls;
  const bob = await stage.open({ name: "Bob", session: ann.session, url });
  return { ann, bob };
}

function here(chat: ChatPage, count: number) {
  return chat.page.getByRole("button", { name: `${count} ${count === 1 ? "person is" : "people are"} here` });
}

test("people - two people at two gateways see each other's presence, typing and read marks", async () => {
  const { ann, bob } = await openBoth();
  await here(ann, 2).waitFor();
  await here(bob, 2).click();
  const names = await bob.page.getByRole("dialog").getByRole("listitem").allInnerTexts();
  expect(names.map((name) => name.replace(/^\w\s*/, "")).sort()).toEqual(["Ann", "Bob (you)"]);
  await bob.page.keyboard.press("Escape");

  await bob.composer.pressSequentially("/rate 0 /echo hello", { delay: 20 });
  await ann.page.getByTestId("typing").getByText("Bob is typing").waitFor();
  await bob.composer.press("Enter");
  await until(async () => (await ann.page.getByTestId("typing").innerText()) === "", "the end of typing");
  await ann.finished.waitFor();
  await ann.messages.filter({ hasText: "Bob" }).waitFor();
  await ann.page.getByRole("img", { name: "Seen by Bob" }).waitFor();
  await bob.page.getByRole("img", { name: "Seen by Ann" }).waitFor();

  // The mark is there after a reload, and also that of a person who has left.
  await bob.page.context().close();
  await ann.page.reload();
  await ann.page.getByRole("img", { name: "Seen by Bob" }).waitFor();
  expect(ann.errors).toEqual([]);
});

test("people - two people with the same name are shown with their ids, and only those two", async () => {
  const ann = await stage.open({ name: "Ann" });
  const bob = await stage.open({ name: "Bob", session: ann.session });
  await ann.send("/rate 0 /echo mine");
  await bob.messages.filter({ hasText: "mine" }).getByText("Ann", { exact: true }).waitFor();
  const other = await stage.open({ name: "ann", session: ann.session });
  await other.send("/rate 0 /echo hers");
  const apart = /^[Aa]nn \([\w-]{8}\)$/;
  await bob.messages.filter({ hasText: "mine" }).getByText(apart).waitFor();
  await bob.messages.filter({ hasText: "hers" }).getByText(apart).waitFor();
  await here(bob, 3).click();
  const names = await bob.page.getByRole("dialog").getByRole("listitem").allInnerTexts();
  const shown = names.map((name) => name.replace(/^\w\s*/, "")).filter((name) => !name.startsWith("Bob"));
  expect(shown).toEqual([expect.stringMatching(apart), expect.stringMatching(apart)]);
  expect(new Set(shown.map((name) => name.toLowerCase())).size).toBe(2);
  expect(bob.errors).toEqual([]);
});

test("people - a person with a refused name is notified, and their messages are stored", async () => {
  const ann = await stage.open({ name: "Ann" });
  const fake = await stage.open({ name: "ΑΙ", session: ann.session });
  await fake.page.getByText("Nobody can be called “ΑΙ”").first().waitFor();
  await fake.send("/rate 0 /echo said all the same");
  await ann.messages.filter({ hasText: "said all the same" }).getByText("Guest", { exact: true }).waitFor();
  expect(fake.errors).toEqual([]);
});

/** The numbers of people that a page shows from now on, each once. */
async function watchCounts(chat: ChatPage): Promise<() => Promise<number[]>> {
  await chat.page.evaluate(() => {
    const counts = new Set<number>();
    Object.assign(globalThis, { counts });
    const look = (): void => {
      const button = document.querySelector("header [aria-label*='here']");
      counts.add(Number.parseInt(button?.getAttribute("aria-label") ?? "0", 10));
    };
    look();
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      attributeFilter: ["aria-label"],
    });
  });
  return async () => chat.page.evaluate(() => [...(globalThis as unknown as { counts: Set<number> }).counts]);
}

test("people - a reload shows no leave, and a closed page does", async () => {
  const { ann, bob } = await openBoth();
  const carol = await stage.open({ name: "Carol", session: ann.session });
  await here(ann, 3).waitFor();
  const countsOf = await watchCounts(ann);
  await bob.page.reload();
  await carol.page.context().close();
  // If the reload were a leave, it would show before Carol's leave, which begins later.
  await here(ann, 2).waitFor({ timeout: 15_000 });
  expect(await countsOf()).toEqual([3, 2]);
});

test("people - those of a killed gateway leave", async () => {
  const { ann, bob } = await openBoth();
  await here(ann, 2).waitFor();
  // Bob's machine dies together with the gateway.
  await bob.page.context().setOffline(true);
  const processes = await stage.natter.run();
  const second = processes.filter(({ role }) => role === "gateway")[1];
  process.kill(second?.pid ?? 0, "SIGKILL");
  const killedAt = performance.now();
  await here(ann, 1).waitFor({ timeout: 25_000 });
  expect(performance.now() - killedAt).toBeLessThan(16_000);
});

async function answersOf(chat: ChatPage): Promise<string[]> {
  return chat.finished.locator(".prose-answer").allInnerTexts();
}

test("people - two who ask at the same time see one order", async () => {
  const { ann, bob } = await openBoth();
  await Promise.all([ann.send("/rate 0 /echo from ann"), bob.send("/rate 0 /echo from bob")]);
  for (const chat of [ann, bob]) await until(async () => (await chat.finished.count()) === 2, "both answers");
  expect(await answersOf(ann)).toEqual(await answersOf(bob));
  expect((await answersOf(ann)).sort()).toEqual(["from ann", "from bob"]);
});
