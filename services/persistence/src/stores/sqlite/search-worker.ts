/** The thread in which one SQLite file is searched. It has a connection of its own, which can only read. */
import { parentPort, workerData } from "node:worker_threads";
import { search } from "../../search/search.ts";
import { SearchBudget } from "../../search/search-budget.ts";
import { StoreUnavailable } from "../../store/store.ts";
import { Database } from "./database/database.ts";
import type { ThreadAnswer, ThreadOptions, ThreadQuestion } from "./search-thread.ts";
import { rowsOf } from "./rows/sqlite-rows.ts";

const { path, stopped } = workerData as ThreadOptions;
const database = Database.openToRead(path);
const rows = rowsOf(database.statements);

parentPort?.on("message", (asked: ThreadQuestion) => {
  void answer(asked).then((answered) => parentPort?.postMessage(answered, []));
});

async function answer({ question, budgetMs }: ThreadQuestion): Promise<ThreadAnswer> {
  try {
    const budget = new SearchBudget(budgetMs, () => Atomics.load(stopped, 0) === 1);
    return { ok: true, answer: await database.read(() => search(rows, question, budget)) };
  } catch (error) {
    return { ok: false, isUnavailable: error instanceof StoreUnavailable, reason: String(error) };
  }
}
