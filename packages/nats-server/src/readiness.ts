import { connect, createServer } from "node:net";

const retryMs = 50;

/** Resolves with true once a NATS server greets on the port, with false after `timeoutMs` or when `isOver`. */
export async function waitForGreeting(
  port: number,
  options: { timeoutMs: number; isOver?: () => boolean },
): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  while (performance.now() < deadline && options.isOver?.() !== true) {
    if (await greets(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  return false;
}

async function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    const settle = (result: boolean): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once("data", (data) => settle(data.toString("latin1").startsWith("INFO ")));
    socket.once("error", () => settle(false));
    socket.once("close", () => settle(false));
  });
}

/** A port that was free a moment ago: `wanted` if it is, else any. */
export async function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (wanted === 0) reject(error);
      else resolve(freePort());
    });
    server.listen({ host: "127.0.0.1", port: wanted, exclusive: true }, () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
