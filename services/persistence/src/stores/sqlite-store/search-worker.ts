/** The thread in which one SQLite file is searched. It has a connection of its own, which can only read. */
import { parentPort, workerData } from "node:worker_threads";
import { SearchBudget } from "../../search-budget.ts";
import { StoreUnavailable } from "../../store.ts";
import { Database } from "./database.ts";
import { querySearch } from "./search-queries.ts";
import type { ThreadAnswer, ThreadOptions, ThreadQuestion } from "./search-thread.ts";

const { path, stopped } = workerData as ThreadOptions;
const database = Database.openToRead(path);

parentPort?.on("message", (asked: ThreadQuestion) => parentPort?.postMessage(answer(asked), []));

function answer({ question, budgetMs }: ThreadQuestion): ThreadAnswer {
  try {
    const budget = new SearchBudget(budgetMs, () => Atomics.load(stopped, 0) === 1);
    return { ok: true, answer: database.read(() => querySearch(database, question, budget)) };
  } catch (error) {
    return { ok: false, isUnavailable: error instanceof StoreUnavailable, reason: String(error) };
  }
}
