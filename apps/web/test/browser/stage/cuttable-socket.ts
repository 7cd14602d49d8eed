import type { Page, WebSocketRoute } from "playwright-core";
import { until, type ChatPage } from "./chat-page.ts";

/** A page's way to the server. It can be cut, and refuse changes of messages in the server's place. */
export class Wire {
  isCut = false;
  refusesEdits = false;
  readonly #sockets = new Set<WebSocketRoute>();

  readonly prepare = async (page: Page): Promise<void> => {
    await page.routeWebSocket(/\/ws\/chat\//, (socket) => {
      if (this.isCut) return void socket.close({ code: 4001 });
      this.#sockets.add(socket);
      const server = socket.connectToServer();
      socket.onMessage((text) => {
        const frame = JSON.parse(String(text)) as { type?: string; id?: string };
        if (!this.refusesEdits || frame.type !== "edit") return server.send(text);
        const error = { type: "error", code: "forbidden", message: "no", temporary: false, id: frame.id };
        socket.send(JSON.stringify(error));
      });
    });
  };

  async cut(): Promise<void> {
    this.isCut = true;
    for (const socket of this.#sockets) await socket.close({ code: 4001 });
    this.#sockets.clear();
  }
}

/** Connects again without waiting for the next try. */
export async function reconnect(chat: ChatPage, isDone: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    const now = chat.page.getByRole("button", { name: "Try now" });
    if (await now.isVisible()) await now.click({ timeout: 1_000 }).catch(() => undefined);
    return isDone();
  }, "the connection to be back");
}
