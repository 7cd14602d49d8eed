/** Program of a generator process. The coordinator forks it and sends one share. */
import { LoadGenerator } from "./generator.ts";
import type { GeneratorMessage, RunMessage } from "./messages.ts";

const send = (message: GeneratorMessage): void => void process.send?.(message);

process.once("message", ({ share }: RunMessage) => {
  send({ type: "begun" });
  new LoadGenerator(share, send).run().then(send, (error: unknown) => {
    const { message, cause } = error as Error;
    const because = cause instanceof Error ? `: ${cause.message}` : "";
    send({ type: "failed", reason: `${message}${because}` });
  });
});
// The coordinator has ended or was interrupted.
process.once("disconnect", () => process.exit(0));
