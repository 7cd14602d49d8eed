/** The pods of a job join their results: one gathers, the others deliver to it over HTTP. */
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { isResult, type Result } from "../measuring/result.ts";
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
      const result = resultIn(Buffer.concat(parts).toString());
      // A probe may ask here, too. It must not end the run.
      if (!result) return void response.writeHead(400).end();
      results.push(result);
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

function resultIn(text: string): Result | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isResult(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Tries for two minutes: the pod that gathers may start later. */
export async function deliver(result: Result, url: string): Promise<void> {
  const deadlineMs = performance.now() + deliverMs;
  for (;;) {
    const answer = await fetch(url, { method: "POST", body: JSON.stringify(result) }).catch(
      (error: unknown) => error,
    );
    if (answer instanceof Response && answer.ok) return;
    if (performance.now() > deadlineMs)
      throw new RunFailure(`the result cannot be delivered to ${url}`, { cause: answer });
    await sleep(retryMs);
  }
}
