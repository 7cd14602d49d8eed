import { connect, createServer } from "node:net";

const retryMs = 50;
const mostGreeting = 65_536;

/**
 * Resolves with true once a NATS server greets on the port, with false after `timeoutMs` or when `isOver`.
 *
 * @param options.name only the server that calls itself so counts: another one may have been faster at the port
 */
export async function waitForGreeting(
  port: number,
  options: { timeoutMs: number; isOver?: () => boolean; name?: string },
): Promise<boolean> {
  const deadline = performance.now() + options.timeoutMs;
  while (performance.now() < deadline && options.isOver?.() !== true) {
    const greeting = await greetingOf(port);
    if (greeting && (options.name === undefined || greeting["server_name"] === options.name)) return true;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  return false;
}

/** What a NATS server says of itself before anybody has said anything. */
async function greetingOf(port: number): Promise<Record<string, unknown> | undefined> {
  const line = await firstLineOf(port);
  if (!line.startsWith("INFO ")) return undefined;
  try {
    return JSON.parse(line.slice("INFO ".length)) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

/** Empty if nobody says anything. */
async function firstLineOf(port: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    const settle = (result: string): void => {
      socket.destroy();
      resolve(result);
    };
    socket.setTimeout(1_000, () => settle(""));
    socket.on("data", (data) => {
      text += data.toString("utf8");
      const end = text.indexOf("\n");
      if (end !== -1) settle(text.slice(0, end).trim());
      else if (text.length > mostGreeting) settle("");
    });
    socket.once("error", () => settle(""));
    socket.once("close", () => settle(""));
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
