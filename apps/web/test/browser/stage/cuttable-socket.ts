import type { Page, WebSocketRoute } from "playwright-core";
import { until, type ChatPage } from "./chat-page.ts";

/** The socket between a page and its gateway. A test can cut it, and can refuse frames of a type in the gateway's place. */
export class CuttableSocket {
  isCut = false;
  /** Type of the client frames that get an error. */
  refusedType: "edit" | "message" | undefined;
  readonly #routes = new Set<WebSocketRoute>();

  /** To be called before the page is opened. */
  readonly prepare = async (page: Page): Promise<void> => {
    await page.routeWebSocket(/\/ws\/chat\//, (route) => {
      if (this.isCut) return void route.close({ code: 4001 });
      this.#routes.add(route);
      const server = route.connectToServer();
      route.onMessage((text) => {
        const frame = JSON.parse(String(text)) as { type?: string; id?: string };
        if (frame.type === undefined || frame.type !== this.refusedType) return server.send(text);
        const error = { type: "error", code: "forbidden", message: "no", temporary: false, id: frame.id };
        route.send(JSON.stringify(error));
      });
    });
  };

  /** Closes the socket, and every later one. */
  async cut(): Promise<void> {
    this.isCut = true;
    await this.closeAll();
  }

  /** Closes the socket. The page may connect again. */
  async closeAll(): Promise<void> {
    const routes = [...this.#routes];
    this.#routes.clear();
    for (const route of routes) await route.close({ code: 4001 });
  }
}

/** Clicks "Try now" until `isDone`, so no test waits for the backoff of the client. */
export async function reconnect(chat: ChatPage, isDone: () => Promise<boolean>): Promise<void> {
  await until(async () => {
    const now = chat.page.getByRole("button", { name: "Try now" });
    if (await now.isVisible()) await now.click({ timeout: 1_000 }).catch(() => undefined);
    return isDone();
  }, "the connection to be back");
}
