import { connect, createServer } from "node:net";

const retryMs = 50;
const answerMs = 1_000;
/** Longer than any greeting; whoever says more without an end of line is no NATS server. */
const mostGreetingBytes = 65_536;

export interface Wait {
  readonly timeoutMs: number;
  readonly isOver?: () => boolean;
  /** Only a server with this name counts; a port may be another server's. */
  readonly serverName?: string;
}

/** Resolves with true once the NATS server greets on the port, with false after `timeoutMs` or when `isOver`. */
export async function waitForGreeting(port: number, wait: Wait): Promise<boolean> {
  const deadline = performance.now() + wait.timeoutMs;
  while (performance.now() < deadline && wait.isOver?.() !== true) {
    const name = await greetedBy(port);
    if (name !== undefined && (wait.serverName === undefined || name === wait.serverName)) return true;
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  return false;
}

/** The name of the NATS server that greets on the port; `undefined` if none does. */
async function greetedBy(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let said = "";
    const settle = (name: string | undefined): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(name);
    };
    const timer = setTimeout(() => settle(undefined), answerMs);
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => {
      said += text;
      if (said.includes("\r\n")) settle(nameIn(said));
      else if (said.length > mostGreetingBytes) settle(undefined);
    });
    socket.once("error", () => settle(undefined));
    socket.once("close", () => settle(undefined));
  });
}

/** Of `INFO {"server_name":"…",…}`. */
function nameIn(greeting: string): string | undefined {
  const [line = ""] = greeting.split("\r\n");
  if (!line.startsWith("INFO ")) return undefined;
  try {
    const info = JSON.parse(line.slice("INFO ".length)) as { server_name?: unknown };
    return typeof info.server_name === "string" ? info.server_name : "";
  } catch {
    return undefined;
  }
}

/** A port that was free a moment ago: `wanted` if it is, else any. */
export async function freePort(wanted = 0): Promise<number> {
  const got = await tryPort(wanted, "127.0.0.1");
  if (typeof got === "number") return got;
  if (wanted === 0) throw got;
  return freePort();
}

/** Why nobody can listen there, as a code such as EADDRINUSE; `undefined` if somebody can. */
export async function portProblem(port: number, host: string): Promise<string | undefined> {
  const got = await tryPort(port, host);
  return typeof got === "number" ? undefined : (got.code ?? got.message);
}

/** Listens for an instant. */
async function tryPort(port: number, host: string): Promise<number | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", resolve);
    server.listen({ host, port, exclusive: true }, () => {
      const address = server.address();
      const listening = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(listening));
    });
  });
}
