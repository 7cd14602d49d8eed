import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { bounds } from "../../src/markdown/budget/bounds.ts";
import { ParserLink } from "../../src/markdown/reading/parser-link.ts";
import type { ParserAnswer, ParserRequest } from "../../src/markdown/parser/worker-messages.ts";

/** A worker that reads everything at once, but hangs afterwards in a text with this word. */
const hanging = "hang";
const stuckMs = 2 * bounds.parserStuckMs;
let workers: TestWorker[];
let link: ParserLink;

class TestWorker extends EventTarget {
  isOver = false;

  postMessage(request: ParserRequest): void {
    if (request.kind !== "read" || this.isOver) return;
    const { id, text } = request;
    this.answer({ kind: "at", id, start: 0 });
    this.isOver = text.includes(hanging);
    const units = [{ kind: "plain", text, micros: 1 }] as const;
    const { length } = text;
    const isDone = !this.isOver;
    this.answer({ kind: "units", id, unchanged: 0, units, isCut: false, length, isDone, isSettled: isDone });
  }

  answer(data: ParserAnswer): void {
    queueMicrotask(() => this.dispatchEvent(Object.assign(new Event("message"), { data })));
  }

  terminate(): void {
    this.isOver = true;
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  link = new ParserLink(() => {
    const worker = new TestWorker();
    workers.push(worker);
    worker.answer({ kind: "ready" });
    return worker as unknown as Worker;
  });
});
afterEach(() => vi.useRealTimers());

/** Two workers hang in it before it is abandoned. */
async function giveUp(text: string): Promise<ReturnType<ParserLink["open"]>> {
  const open = link.open(() => undefined);
  open.read(text, true);
  await vi.advanceTimersByTimeAsync(2 * stuckMs);
  return open;
}

test("parser link - an abandoned text costs no further worker when more of it comes", async () => {
  const open = await giveUp(hanging);
  expect(workers).toHaveLength(3);
  for (let words = 1; words <= 5; words++) {
    open.read(`${hanging}${" more".repeat(words)}`, words < 5);
    await vi.advanceTimersByTimeAsync(stuckMs);
  }
  expect(workers).toHaveLength(3);
  const read: string[] = [];
  link.open(({ text }) => read.push(text)).read("another", false);
  await vi.advanceTimersByTimeAsync(0);
  expect(read).toEqual(["another"]);
});

test("parser link - an abandoned text is not read again when it comes into view again", async () => {
  const open = await giveUp(hanging);
  open.read(`${hanging} to the end`, false);
  open.close();
  link.open(() => undefined).read(`${hanging} to the end`, false);
  await vi.advanceTimersByTimeAsync(stuckMs);
  expect(workers).toHaveLength(3);
});

test("parser link - the last 20 abandoned texts are remembered", async () => {
  for (let number = 0; number <= 20; number++) (await giveUp(`${hanging} ${number}`)).close();
  const before = workers.length;
  for (let number = 1; number <= 20; number++) await giveUp(`${hanging} ${number}`);
  expect(workers).toHaveLength(before);
  await giveUp(`${hanging} 0`);
  expect(workers).toHaveLength(before + 2);
});

test("parser link - another text in the place of an abandoned one is read, also by a later worker", async () => {
  const read: string[] = [];
  const open = link.open(({ text }) => read.push(text));
  open.read(hanging, true);
  await vi.advanceTimersByTimeAsync(2 * stuckMs);
  open.read("calm", true);
  await vi.advanceTimersByTimeAsync(0);
  expect(read.at(-1)).toBe("calm");
  await giveUp(hanging.toUpperCase() + hanging);
  open.read("calm still", false);
  await vi.advanceTimersByTimeAsync(0);
  expect(read).toContain("calm still");
});
