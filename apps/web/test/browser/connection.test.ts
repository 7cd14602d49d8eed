import type { WebSocketRoute } from "playwright-core";
import { expect, test } from "vitest";
import { until, type ChatPage } from "./stage/chat-page.ts";
import { useStage } from "./stage/stage.ts";

const stage = useStage();

function pill(chat: ChatPage) {
  return chat.page.getByTestId("connection");
}

test("without a network: a pill says so, what one writes is marked and sent later, once and in order", async () => {
  const chat = await stage.open();
  await chat.ask("/rate 0 /echo before");
  await chat.page.context().setOffline(true);
  await pill(chat).getByText("No network").waitFor();
  await chat.say("/rate 0 /echo first");
  await chat.say("/rate 0 /echo second");
  await pill(chat).getByText("2 messages wait").waitFor();
  expect(await chat.messages.filter({ hasText: "Waits for the connection" }).count()).toBe(2);
  // A reload without a network would show nothing at all; the page stays and goes on.
  await chat.page.context().setOffline(false);
  await pill(chat).waitFor({ state: "detached", timeout: 30_000 });
  await until(async () => (await chat.finished.count()) === 3, "both answers", 30_000);
  expect(await chat.finished.locator(".prose-answer").allInnerTexts()).toEqual(["before", "first", "second"]);
  expect(chat.troubles).toEqual([]);
});

test("what waits to be sent survives a reload, and can be taken back", async () => {
  const cut = { isCut: false, sockets: new Set<WebSocketRoute>() };
  const chat = await stage.open({
    prepare: (page) =>
      page.routeWebSocket(/\/ws\/chat\//, (socket) => {
        if (cut.isCut) return void socket.close({ code: 4001 });
        cut.sockets.add(socket);
        socket.connectToServer();
      }),
  });
  await chat.ask("/rate 0 /echo before");
  cut.isCut = true;
  for (const socket of cut.sockets) await socket.close({ code: 4001 });
  await pill(chat)
    .getByText(/Reconnecting/)
    .waitFor();
  await chat.say("/rate 0 /echo keep me");
  await chat.say("/rate 0 /echo forget me");
  await chat.messages.filter({ hasText: "forget me" }).getByRole("button", { name: "Take back" }).click();
  await chat.page.reload();
  await chat.messages.filter({ hasText: "keep me" }).getByText("Waits for the connection").waitFor();
  expect(await chat.messages.filter({ hasText: "forget me" }).count()).toBe(0);
  cut.isCut = false;
  await until(
    async () => {
      const now = pill(chat).getByRole("button", { name: "Try now" });
      if (await now.isVisible()) await now.click();
      return (await chat.finished.filter({ hasText: "keep me" }).count()) === 1;
    },
    "the answer",
    40_000,
  );
  const second = await chat.openTab();
  await second.finished.nth(1).waitFor();
  expect(await second.messages.count()).toBe(2);
});

test("a cut in the middle of an answer is not seen in its text, and the pill counts down", async () => {
  let sockets: WebSocketRoute[] = [];
  const chat = await stage.open({
    prepare: (page) =>
      page.routeWebSocket(/\/ws\/chat\//, (socket) => {
        sockets.push(socket);
        socket.connectToServer();
      }),
  });
  await chat.say("/rate 20 /count 80");
  for (const word of ["9", "25", "45"]) {
    await chat.page.locator(".is-writing", { hasText: word }).waitFor();
    const open = sockets;
    sockets = [];
    for (const socket of open) await socket.close({ code: 4000 });
  }
  await chat.finished.waitFor({ timeout: 30_000 });
  expect(await chat.lastAnswer()).toBe(Array.from({ length: 80 }, (_, index) => index + 1).join(" "));
});

test("where WebSockets are blocked it works without", async () => {
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
  await chat.say("/rate 30 /count 30");
  await chat.finished.waitFor({ timeout: 40_000 });
  expect(await chat.lastAnswer()).toBe(Array.from({ length: 30 }, (_, index) => index + 1).join(" "));
});

test("while the server is away old and new words stay, and all of it goes on when it is back", async () => {
  const chat = await stage.open();
  await chat.ask("/rate 0 /echo before");
  await stage.natter.killAll();
  await pill(chat)
    .getByText(/Reconnecting/)
    .waitFor();
  await chat.say("/rate 0 /echo meanwhile");
  await stage.natter.restart();
  await until(async () => (await chat.finished.count()) === 2, "the answer", 60_000);
  expect(await chat.lastAnswer()).toBe("meanwhile");
  expect(await chat.messages.count()).toBe(2);
});
