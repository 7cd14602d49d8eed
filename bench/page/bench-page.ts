import { tracePage, type Trace } from "@natter/testing";
import type { Browser, CDPSession, Page } from "playwright-core";

const viewport = { width: 1_280, height: 800 };

/** CPU of the page's main thread, in ms. */
export interface Costs {
  readonly scriptMs: number;
  /** Layout and style. */
  readonly layoutMs: number;
  readonly taskMs: number;
}

export interface BenchPageOptions {
  readonly browser: Browser;
  readonly url: string;
  readonly traces: string | undefined;
}

/** A page of natter, and the browser's measurements of it. */
export class BenchPage implements AsyncDisposable {
  readonly page: Page;
  readonly #cdp: CDPSession;
  readonly #options: BenchPageOptions;
  /**
   * The model's words that have arrived, each of which was one of its chunks, and the frames that carried
   * them.
   */
  words = 0;
  frames = 0;
  /** Answers that are complete. */
  completed = 0;

  private constructor(page: Page, cdp: CDPSession, options: BenchPageOptions) {
    this.page = page;
    this.#cdp = cdp;
    this.#options = options;
    page.on("websocket", (socket) =>
      socket.on("framereceived", ({ payload }) => this.#count(payload.toString())),
    );
  }

  static async open(options: BenchPageOptions, sessionId: string): Promise<BenchPage> {
    const context = await options.browser.newContext({ viewport, locale: "en-US" });
    const page = await context.newPage();
    const opened = new BenchPage(page, await context.newCDPSession(page), options);
    await opened.#cdp.send("Performance.enable", { timeDomain: "threadTicks" });
    await page.goto(`${options.url}/?session=${sessionId}`);
    await page.locator("#composer textarea").waitFor();
    return opened;
  }

  /** Scrolls up until all history is loaded, and back to the end. */
  async loadAll(messages: number): Promise<void> {
    await this.page.getByTestId("answer").first().waitFor();
    await this.page.evaluate(async () => {
      const list = document.querySelector('[data-testid="messages"]');
      if (!list) return;
      while (!list.textContent.includes("This is where it began")) {
        list.scrollTop = 0;
        await new Promise(requestAnimationFrame);
      }
    });
    await this.scrollToEnd();
    const last = await this.page.locator("[data-index]").last().getAttribute("data-index");
    if (Number(last) + 1 < messages)
      throw new Error(`only ${Number(last) + 1} of ${messages} messages are in the page`);
  }

  async scrollToEnd(): Promise<void> {
    await this.page.evaluate(async () => {
      const list = document.querySelector('[data-testid="messages"]');
      if (!list) return;
      for (let calm = 0; calm < 10; calm++) {
        if (list.scrollHeight - list.scrollTop - list.clientHeight > 1) calm = 0;
        list.scrollTop = list.scrollHeight;
        await new Promise(requestAnimationFrame);
      }
    });
  }

  async send(text: string): Promise<void> {
    const composer = this.page.locator("#composer textarea");
    await composer.fill(text);
    await composer.press("Enter");
  }

  /** Sends a question, and resolves when the answer begins. */
  async beginAnswer(question: string): Promise<void> {
    const before = this.frames;
    await this.send(question);
    await this.until(() => this.frames > before);
  }

  async stopAnswer(): Promise<void> {
    const before = this.completed;
    // A real click waits until the page is at rest, which a page that streams is not.
    await this.page.getByRole("button", { name: "Stop" }).dispatchEvent("click");
    await this.until(() => this.completed > before);
  }

  async until(isSo: () => boolean, timeoutMs = 60_000): Promise<void> {
    const end = performance.now() + timeoutMs;
    while (!isSo()) {
      if (performance.now() > end) throw new Error("the page did not get what it waited for");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async traced(name: string, work: () => Promise<void>): Promise<Trace> {
    const { browser, traces } = this.#options;
    return tracePage({ browser, traces, page: this.page }, name, work);
  }

  /** What `work` costs the page. */
  async costsOf(work: () => Promise<void>): Promise<Costs> {
    const before = await this.#costs();
    await work();
    const after = await this.#costs();
    return {
      scriptMs: after.scriptMs - before.scriptMs,
      layoutMs: after.layoutMs - before.layoutMs,
      taskMs: after.taskMs - before.taskMs,
    };
  }

  /** Size of the heap after garbage collection. */
  async heapBytes(): Promise<number> {
    for (let round = 0; round < 3; round++) await this.#cdp.send("HeapProfiler.collectGarbage");
    const { usedSize } = await this.#cdp.send("Runtime.getHeapUsage");
    return usedSize;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.page.context().close();
  }

  async #costs(): Promise<Costs> {
    const { metrics } = await this.#cdp.send("Performance.getMetrics");
    const ms = (name: string): number =>
      1_000 * (metrics.find((metric) => metric.name === name)?.value ?? Number.NaN);
    return {
      scriptMs: ms("ScriptDuration"),
      layoutMs: ms("LayoutDuration") + ms("RecalcStyleDuration"),
      taskMs: ms("TaskDuration"),
    };
  }

  #count(payload: string): void {
    if (payload.startsWith('{"type":"ai_complete"')) this.completed++;
    if (!payload.startsWith('{"type":"ai_chunk"')) return;
    const { chunk } = JSON.parse(payload) as { chunk: string };
    this.words += chunk.match(/\s*\S+/g)?.length ?? 0;
    this.frames++;
  }
}
