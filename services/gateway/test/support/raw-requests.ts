import { RawSocket, upgradeRequest } from "./raw-socket.ts";
import { newSession, type World } from "./world.ts";

export const portOf = ({ gateway }: World): number => Number(new URL(gateway.url).port);

export const eventsRequest = (): string => `GET /api/sessions/${newSession()}/events HTTP/1.1`;
export const wantsEvents = "Accept: text/event-stream";

export interface Answer {
  readonly status: number;
  readonly head: string;
}

/** Sends exactly these lines, of which no HTTP client would send some. */
export async function ask(to: World, lines: readonly string[]): Promise<Answer> {
  const raw = await RawSocket.connect(portOf(to));
  raw.write(`${[...lines, "Connection: close"].join("\r\n")}\r\n\r\n`);
  const head = await raw.head();
  raw.end();
  return { status: await raw.status(), head };
}

export async function upgrade(to: World, headers: readonly string[], host = "127.0.0.1"): Promise<number> {
  const raw = await RawSocket.connect(portOf(to));
  raw.write(upgradeRequest(`/ws/chat/${newSession()}/`, headers).replace("127.0.0.1", host));
  const status = await raw.status();
  raw.end();
  return status;
}

/** Listens to a session's events. Says who one is there, and which cookies one is given. */
export async function meet(
  to: World,
  headers: readonly string[],
): Promise<{ user: string | undefined; cookies: string[]; hasToken: boolean }> {
  const raw = await RawSocket.connect(portOf(to));
  raw.write([eventsRequest(), wantsEvents, ...headers, "", ""].join("\r\n"));
  const text = await raw.textWith("heartbeatMs");
  raw.end();
  return {
    user: /"user":\{"id":"(guest-[^"]+)"/.exec(text)?.[1],
    cookies: [...text.matchAll(/^set-cookie: (.*)$/gim)].map(([, cookie = ""]) => cookie.trim()),
    hasToken: text.includes("guestToken"),
  };
}
