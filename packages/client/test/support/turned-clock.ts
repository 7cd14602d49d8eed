/** A session against a server in memory, with a clock that is turned by hand. */
import { afterEach, beforeEach, vi } from "vitest";
import { createClient, type ClientOptions, type ConnectionState, type Session } from "../../src/index.ts";
import type { FakeServer } from "../../src/testing.ts";

/** Half of every random delay, from the first of January. */
export function useTurnedClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ now: new Date("2026-01-01T00:00:00Z") });
    vi.spyOn(Math, "random").mockReturnValue(0.5);
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

export async function turn(ms = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

export async function openSession(server: FakeServer, options: ClientOptions = {}): Promise<Session> {
  const session = createClient({ ...server.clientOptions, name: "Ann", ...options }).session("s");
  session.open();
  await turn();
  return session;
}

export function state(session: Session): ConnectionState {
  return session.getSnapshot().connection.state;
}

export function texts(session: Session): (string | undefined)[] {
  return session.getSnapshot().keys.map((key) => session.getMessage(key)?.text);
}
