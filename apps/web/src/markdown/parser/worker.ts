/** Reads markdown in a worker, so the page stays responsive. */
import type { ParserAnswer, ParserRequest } from "./worker-messages.ts";
import { ParserLoop } from "./parser-loop.ts";

/** What this worker uses of its global scope. */
interface Inside {
  postMessage(answer: ParserAnswer, transferred: readonly []): void;
  addEventListener(name: "message", listener: (event: MessageEvent<ParserRequest>) => void): void;
}

const inside = globalThis as unknown as Inside;
const { port1, port2 } = new MessageChannel();
const tasks: (() => void)[] = [];
port1.addEventListener("message", () => tasks.shift()?.());
port1.start();

const loop = new ParserLoop(
  (answer) => inside.postMessage(answer, []),
  (task) => {
    tasks.push(task);
    port2.postMessage(undefined);
  },
);
inside.addEventListener("message", ({ data }) => loop.take(data));
inside.postMessage({ kind: "ready" }, []);
