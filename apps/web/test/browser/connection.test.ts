import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { CuttableSocket, reconnect } from "./stage/cuttable-socket.ts";
import { useOwnStage } from "./stage/stage.ts";

const stage = useOwnStage({});

function pill(chat: ChatPage) {
  return chat.page.getByTestId("connection");
}

test("connection - messages written offline are marked, and sent later, once and in order", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo before");
  await chat.page.context().setOffline(true);
  await pill(chat).getByText("No network").waitFor();
  await chat.send("/rate 0 /echo first");
  await chat.send("/rate 0 /echo second");
  await pill(chat).getByText("2 messages wait").waitFor();
  expect(await chat.messages.filter({ hasText: "Waits for the connection" }).count()).toBe(2);
  // Without a network a reload would show no page at all, so this test does not reload.
  await chat.page.context().setOffline(false);
  await pill(chat).waitFor({ state: "detached", timeout: 30_000 });
  await until(async () => (await chat.finished.count()) === 3, "both answers", 30_000);
  expect(await chat.finished.locator(".prose-answer").allInnerTexts()).toEqual(["before", "first", "second"]);
  expect(chat.errors).toEqual([]);
});

test("connection - waiting messages survive a reload, and can be taken back", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.converse("/rate 0 /echo before");
  await socket.cut();
  await pill(chat)
    .getByText(/Reconnecting/)
    .waitFor();
  await chat.send("/rate 0 /echo keep me");
  await chat.send("/rate 0 /echo forget me");
  await chat.messages.filter({ hasText: "forget me" }).getByRole("button", { name: "Take back" }).click();
  await chat.page.reload();
  await chat.messages.filter({ hasText: "keep me" }).getByText("Waits for the connection").waitFor();
  expect(await chat.messages.filter({ hasText: "forget me" }).count()).toBe(0);
  socket.isCut = false;
  await reconnect(chat, async () => (await chat.finished.filter({ hasText: "keep me" }).count()) === 1);
  const second = await chat.openTab();
  await second.finished.nth(1).waitFor();
  expect(await second.messages.count()).toBe(2);
});

test("connection - an answer is complete after several cuts in the middle of it", async () => {
  const socket = new CuttableSocket();
  const chat = await stage.open({ prepare: socket.prepare });
  await chat.send("/rate 20 /count 80");
  for (const word of ["9", "25", "45"]) {
    await chat.page.locator(".is-writing", { hasText: word }).waitFor();
    await socket.closeAll();
  }
  await chat.finished.waitFor({ timeout: 30_000 });
  expect(await chat.lastAnswer()).toBe(Array.from({ length: 80 }, (_, index) => index + 1).join(" "));
});

test("connection - the page works where WebSockets are blocked", async () => {
  const chat = await stage.open({
    prepare: async (page) => {
      await page.routeWebSocket(/\/ws\/chat\//, (socket) => void socket.close({ code: 1006 }));
      await page.addInitScript(() => {
        // A proxy that lets no upgrade through: the socket never opens.
        const Blocked = class extends EventTarget {
          readyState = 3;
          constructor() {
            super();
            setTimeout(() => {
              for (const type of ["error", "close"]) this.dispatchEvent(new CloseEvent(type, { code: 1006 }));
            }, 10);
          }
          close(): void {
            this.readyState = 3;
          }
          send(): void {
            this.readyState = 3;
          }
        };
        Object.assign(globalThis, { WebSocket: Blocked });
      });
    },
  });
  await chat.send("/rate 30 /count 30");
  await chat.finished.waitFor({ timeout: 40_000 });
  expect(await chat.lastAnswer()).toBe(Array.from({ length: 30 }, (_, index) => index + 1).join(" "));
});

test("connection - messages stay while the server is away, and are answered when it is back", async () => {
  const chat = await stage.open();
  await chat.converse("/rate 0 /echo before");
  await stage.natter.killAll();
  await pill(chat)
    .getByText(/Reconnecting/)
    .waitFor();
  await chat.send("/rate 0 /echo meanwhile");
  await stage.natter.restart();
  await until(async () => (await chat.finished.count()) === 2, "the answer", 60_000);
  expect(await chat.lastAnswer()).toBe("meanwhile");
  expect(await chat.messages.count()).toBe(2);
});
