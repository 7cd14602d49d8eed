import type { FakeServer } from "../../src/testing.ts";
import { turn } from "./turned-clock.ts";

/** Something is said in session `s` during a break, and the server cannot say any more what was missed. */
export async function missTooMuch(server: FakeServer): Promise<void> {
  server.disconnect();
  await turn();
  server.session("s").say("missed");
  await turn();
  server.session("s").forgetCursors();
  server.reconnect();
  await turn(60_000);
}
