import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { SendQueues } from "../../src/sinks/send-queues.ts";
import { waitFor } from "../support/world.ts";

test.runIf(process.platform === "linux").each(["127.0.0.1", "::1"])(
  "what the other end at %s has not taken is told, and what it has",
  async (host) => {
    const server = createServer().listen(0, host);
    await once(server, "listening");
    const far = connect((server.address() as AddressInfo).port, host).pause();
    const [near] = (await once(server, "connection")) as [Socket];
    const queues = new SendQueues(60_000);
    const told: [queued: number, taken: number][] = [];
    const end = queues.watch(near, (...numbers) => told.push(numbers));
    try {
      const bytes = 1_048_576;
      near.write(Buffer.alloc(bytes));
      const look = async (): Promise<readonly [number, number]> => {
        const before = told.length;
        queues.lookIn(0);
        return waitFor(() => told[before], { what: "what is told" });
      };
      await waitFor(() => near.writableLength === 0, { what: "the kernel" });
      const [queued, taken] = await look();
      expect(queued).toBeGreaterThan(0);
      expect(queued + taken).toBe(bytes);
      far.resume();
      await waitFor(async () => (await look())[0] === 0, { what: "the other end" });
      expect(told.at(-1)).toEqual([0, bytes]);
    } finally {
      end?.();
      queues.stop();
      far.destroy();
      server.close();
    }
  },
);

test.runIf(process.platform === "linux")(
  "a dear look is alone, and is followed by ten times as long without one, however often somebody asks",
  async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const far = connect((server.address() as AddressInfo).port, "127.0.0.1");
    const [near] = (await once(server, "connection")) as [Socket];
    const looks: { readonly begun: number; ended?: number }[] = [];
    const queues = new SendQueues(60_000, async (path) => {
      if (path.endsWith("tcp6")) return "";
      const look: (typeof looks)[number] = { begun: performance.now() };
      looks.push(look);
      await new Promise((resolve) => setTimeout(resolve, 20));
      look.ended = performance.now();
      return "";
    });
    const end = queues.watch(near, () => undefined);
    const asking = setInterval(() => queues.lookIn(0), 1);
    try {
      await waitFor(() => looks[3]?.ended, { what: "four looks" });
      for (const [n, { begun }] of looks.entries()) {
        const { begun: begunBefore = 0, ended = 0 } = looks[n - 1] ?? {};
        expect(begun).toBeGreaterThanOrEqual(ended + Math.min(500, 10 * (ended - begunBefore)));
      }
    } finally {
      clearInterval(asking);
      end?.();
      queues.stop();
      far.destroy();
      near.destroy();
      server.close();
    }
  },
);
