import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { RpcQuestion, SearchAnswer } from "@natter/protocol";
import { StoreUnavailable } from "../../store/store.ts";

/** What a thread is given to begin with. */
export interface ThreadOptions {
  readonly path: string;
  /** Its one number is 1 once the search that runs is to end. */
  readonly stopped: Int32Array;
}

export interface ThreadQuestion {
  readonly question: RpcQuestion<"search">;
  readonly budgetMs: number;
}

export type ThreadAnswer =
  | { readonly ok: true; readonly answer: SearchAnswer }
  | { readonly ok: false; readonly isUnavailable: boolean; readonly reason: string };

/** Searches beside the thread that records, from the first question on. One question at a time. */
export class SearchThread {
  readonly #options: ThreadOptions;
  #worker: Worker | undefined;

  /** The file has to be there. */
  constructor(path: string) {
    this.#options = { path, stopped: new Int32Array(new SharedArrayBuffer(4)) };
  }

  /** @throws StoreUnavailable also if the thread ends before it answers */
  async ask(question: RpcQuestion<"search">, budgetMs: number): Promise<SearchAnswer> {
    const worker = this.#started();
    worker.postMessage({ question, budgetMs } satisfies ThreadQuestion, []);
    const answer = await answerOf(worker);
    if (answer.ok) return answer.answer;
    if (answer.isUnavailable) throw new StoreUnavailable(answer.reason);
    throw new Error(answer.reason);
  }

  /** Ends a search that runs. */
  async close(): Promise<void> {
    Atomics.store(this.#options.stopped, 0, 1);
    await this.#worker?.terminate();
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(new URL("./search-worker.ts", import.meta.url), {
      workerData: this.#options,
      execArgv: [],
    });
    // What ended it is told to whoever asks; the next question starts another one.
    const forget = (): void => {
      if (this.#worker === worker) this.#worker = undefined;
    };
    worker.once("error", forget);
    worker.once("exit", forget);
    // It must not keep a process that has nothing else to do.
    worker.unref();
    this.#worker = worker;
    return worker;
  }
}

async function answerOf(worker: Worker): Promise<ThreadAnswer> {
  const ended = new AbortController();
  const onExit = (): void => ended.abort();
  worker.once("exit", onExit);
  try {
    const [answer] = (await once(worker, "message", { signal: ended.signal })) as [ThreadAnswer];
    return answer;
  } catch (error) {
    throw new StoreUnavailable("the search thread has ended", { cause: error });
  } finally {
    worker.off("exit", onExit);
  }
}
