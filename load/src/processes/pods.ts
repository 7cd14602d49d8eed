/** The pods of a job join their results: one gathers, the others deliver to it over HTTP. */
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { Result } from "../measuring/result.ts";
import { RunFailure } from "./coordinator.ts";

const deliverMs = 120_000;
const retryMs = 1_000;

/**
 * Listens for the results of the other pods. Call it before the run: another pod may be faster.
 *
 * @returns a promise of their results
 */
export async function gather(port: number, others: number): Promise<{ readonly results: Promise<Result[]> }> {
  const results: Result[] = [];
  const all = Promise.withResolvers<Result[]>();
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      results.push(JSON.parse(Buffer.concat(parts).toString()) as Result);
      response.end();
      if (results.length >= others) finish();
    });
  });
  const finish = (): void => {
    server.close();
    all.resolve(results);
  };
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(port, resolve));
  if (others === 0) finish();
  return { results: all.promise };
}

/** Tries for two minutes: the pod that gathers may start later. */
export async function deliver(result: Result, url: string): Promise<void> {
  const deadlineMs = performance.now() + deliverMs;
  for (;;) {
    try {
      const answer = await fetch(url, { method: "POST", body: JSON.stringify(result) });
      if (answer.ok) return;
    } catch (error) {
      if (performance.now() > deadlineMs)
        throw new RunFailure(`the result cannot be delivered to ${url}`, { cause: error });
    }
    await sleep(retryMs);
  }
}
