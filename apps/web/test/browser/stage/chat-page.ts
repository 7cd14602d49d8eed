import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

export interface ChatOptions extends BrowserContextOptions {
  /** The session; a new one if missing. */
  readonly session?: string;
  readonly name?: string;
  /** URL of another gateway. */
  readonly url?: string;
  /** Called with the page before it is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
}

/** One person at one browser, as the person sees the page. */
export class ChatPage {
  readonly page: Page;
  /** The errors of the page's script and console. */
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error" && !isNetworkNoise(message.text())) this.errors.push(message.text());
    });
  }

  static async open(browser: Browser, ownUrl: string, options: ChatOptions = {}): Promise<ChatPage> {
    const { session, name, prepare, url = ownUrl, ...contextOptions } = options;
    const context = await browser.newContext({ locale: "en-US", ...contextOptions });
    if (name !== undefined)
      await context.addInitScript((value) => localStorage.setItem("natter.name", value), name);
    const address = session === undefined ? url : `${url}/?session=${session}`;
    return ChatPage.openIn(context, address, prepare);
  }

  /** Opens the page in a context that the test has made. */
  static async openIn(
    context: BrowserContext,
    address: string,
    prepare?: (page: Page) => Promise<void>,
  ): Promise<ChatPage> {
    const chat = new ChatPage(await context.newPage());
    await prepare?.(chat.page);
    await chat.page.goto(address);
    await chat.composer.waitFor();
    return chat;
  }

  /** Opens another tab of the same person. */
  async openTab(): Promise<ChatPage> {
    const tab = new ChatPage(await this.page.context().newPage());
    await tab.page.goto(this.page.url());
    await tab.composer.waitFor();
    return tab;
  }

  get session(): string {
    return new URL(this.page.url()).searchParams.get("session") ?? "";
  }

  get composer(): Locator {
    return this.page.locator("#composer textarea");
  }

  get messages(): Locator {
    return this.page.getByTestId("message");
  }

  get answers(): Locator {
    return this.page.getByTestId("answer");
  }

  /** The complete answers whose rows are in the page. */
  get finished(): Locator {
    return this.page.locator('[data-testid="answer"][data-state="complete"]');
  }

  get streaming(): Locator {
    return this.page.locator('[data-testid="answer"][data-state="streaming"]');
  }

  get list(): Locator {
    return this.page.getByTestId("messages");
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Sends a message and waits for the complete answer. */
  async converse(text: string): Promise<void> {
    const before = await this.finished.count();
    await this.send(text);
    await until(async () => (await this.finished.count()) > before, "the answer");
  }

  /** The text of the last answer, without its line of facts. */
  async lastAnswer(): Promise<string> {
    return this.answers.last().locator(".prose-answer").innerText();
  }
}

/** Whether it is a message about a request that a test cuts. */
function isNetworkNoise(text: string): boolean {
  return /net::ERR_|WebSocket connection to|Failed to load resource/.test(text);
}

export async function until(isSo: () => Promise<boolean>, what: string, timeoutMs = 20_000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
