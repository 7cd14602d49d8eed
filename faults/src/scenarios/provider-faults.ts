/** What model providers do wrong, and what they do in their own way. */
import type { Scenario } from "../scenario.ts";
import { waitUntil, type Stage } from "../stage.ts";
import { underLoad } from "../load/under-load.ts";

/** Asks each of these in a session of its own, and waits for the ends. */
export async function askEach(stage: Stage, messages: readonly string[]): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      const { near } = await stage.pair();
      await near.send({ type: "message", message });
      // What comes after it is answered, too.
      await near.send({ type: "message", message: "/rate 0 /echo and go on" });
    }),
  );
  await stage.settle();
}

/** Less than a worker waits for a model that is silent: the answer cannot be owed to that. */
const promptlyMs = 4_000;

/** @throws unless each of these is answered in full, and soon */
async function askPromptly(stage: Stage, messages: readonly string[]): Promise<void> {
  await Promise.all(
    messages.map(async (message) => {
      const { near } = await stage.pair();
      const ack = await near.send({ type: "message", message });
      const isAnswered = (): boolean =>
        near.journal.entries.some(
          (entry) =>
            entry.kind === "got" &&
            entry.frame.type === "ai_complete" &&
            entry.frame.promptId === ack?.messageId &&
            entry.frame.finishReason === "stop",
        );
      if (!(await waitUntil(isAnswered, promptlyMs)))
        throw new Error(`"${message}" is not answered within ${promptlyMs} ms`);
    }),
  );
}

export const providerFaults: readonly Scenario[] = [
  {
    id: "W3",
    title: "the provider refuses: what may pass is tried again, the rest is an error that people see",
    run: (stage) =>
      askEach(stage, [
        ...[429, 500, 503, 408].flatMap((status) => [
          `/fail ${status} 1 /rate 0 /count 5`,
          `/retry-after 1 /fail ${status} 2 /rate 0 /count 5`,
        ]),
        ...[401, 400, 404, 422].map((status) => `/fail ${status} /rate 0 /count 5`),
        "/fail 500 /rate 0 /count 5",
      ]),
  },
  {
    id: "W4",
    title: "the model falls silent: before the headers, after them, and in the middle",
    run: (stage) =>
      askEach(stage, [
        "/wait 20000 /rate 0 /count 5",
        "/late 20000 /rate 0 /count 5",
        "/stall 3 /rate 0 /count 5",
        "/stall 3 /keepalive /rate 0 /count 5",
        "/stall 0 /keepalive /rate 0 /count 5",
      ]),
  },
  {
    id: "W4 links",
    title: "the link between a worker and the model is cut, and is a black hole",
    run: (stage) =>
      underLoad(stage, async () => {
        for (const { line, part } of stage.cluster.workers) {
          await stage.fault({
            what: `reset and cut ${part.name} off from the model`,
            inject: () => line?.cut(),
            lasts: 2_000,
            heal: () => line?.heal(),
          });
          await stage.fault({
            what: `black hole between ${part.name} and the model`,
            inject: () => line?.silence("up", "down"),
            lasts: 7_000,
            heal: () => line?.heal(),
          });
        }
      }),
  },
  {
    id: "W5",
    title: "a stream that ends, breaks or says nonsense is never called complete",
    run: (stage) =>
      askEach(stage, [
        ...["cut", "reset", "error", "badjson"].flatMap((fault) => [
          `/${fault} 0 /rate 0 /count 9`,
          `/${fault} 4 /rate 50 /count 9`,
        ]),
        "/split /rate 100 /korean",
        "/split /cut 4 /rate 100 /korean",
      ]),
  },
  {
    id: "W5 shapes",
    title: "content of every shape, and thoughts in every form, while other people talk",
    run: (stage) =>
      underLoad(stage, () =>
        askEach(stage, [
          "/odd /rate 0 /count 30",
          "/odd /rate 50 /echo 42 and 7",
          "/odd /reasoning 6 /rate 100 /count 9",
          "/think 6 /rate 100 /count 9",
          "/thinkend 6 /rate 100 /count 9",
          "/think 6 /cut 3 /rate 100 /count 9",
          "/thinkend 40 /rate 0 /count 5",
        ]),
      ),
  },
  {
    id: "W5 open",
    title: "a provider that keeps the connection after the end",
    run: (stage) =>
      askPromptly(stage, [
        "/open /rate 0 /count 9",
        "/open /nousage /rate 50 /count 9",
        "/open /split /rate 0 /korean",
      ]),
  },
  {
    id: "W5 roles",
    title:
      "a model that takes only alternating roles, after questions that failed, were stopped or came alone",
    run: async (stage) => {
      const { near, far } = await stage.pair();
      for (const message of ["/fail 400 /count 3", "/cut 0 /rate 0 /count 3", "/strict /rate 0 /count 4"]) {
        await near.send({ type: "message", message });
        await far.send({ type: "message", message: "/strict /rate 0 /echo and me" });
      }
      await stage.settle();
    },
  },
  {
    id: "W6",
    title: "very many tokens, very few, none, and one that is very long",
    run: (stage) =>
      askEach(stage, [
        "/rate 0 /count 50000",
        "/rate 1 /count 8",
        "/empty",
        `/rate 0 /echo ${"x".repeat(60_000)}`,
        "/rate 0 /markdown 900",
        "/reasoning 200 /rate 0 /count 5",
      ]),
  },
];
