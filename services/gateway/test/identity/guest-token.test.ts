import { randomBytes } from "node:crypto";
import { closeCodes, limits, subprotocols } from "@natter/protocol";
import { guestTokenOf } from "@natter/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createGuestToken, isGuestToken } from "../../src/identity/guest-token.ts";
import { RawSocket, upgradeRequest } from "../support/raw-socket.ts";
import { ask, portOf } from "../support/raw-requests.ts";
import { newSession, World } from "../support/world.ts";

let world: World;

beforeAll(async () => {
  world = await World.start();
});
afterAll(async () => world?.[Symbol.asyncDispose]());

const token = guestTokenOf("Ann");
/** Thirteen different letters, none beside another in the alphabet. */
const thirteen = "acegikmoqsuwY";
const spelled = (text: string): string => text.repeat(3).slice(0, limits.guestTokenLength);

/** A token in which so many letters are the next ones of the alphabet. */
function ordered(steps: number): string {
  const text = `${"ABCDEFGHIJKLMNOPQ".slice(0, steps + 1)}acegikmoqsuwybdfhjlnprtvxzaceg`;
  return text.slice(0, limits.guestTokenLength);
}

test("a guest's token - is taken if it is one that a server or a client's package makes", () => {
  for (let count = 0; count < 2_000; count++) {
    expect(isGuestToken(createGuestToken())).toBe(true);
    expect(isGuestToken(randomBytes(24).toString("base64url"))).toBe(true);
  }
});

test("a guest's token - is taken with just so many different letters, and not with fewer", () => {
  expect(new Set(thirteen).size).toBe(limits.guestTokenLetters);
  expect(isGuestToken(spelled(thirteen))).toBe(true);
  expect(isGuestToken(spelled(thirteen.slice(1)))).toBe(false);
});

test("a guest's token - is taken with just so many letters beside their neighbour, and not with more", () => {
  expect(isGuestToken(ordered(limits.guestTokenSteps))).toBe(true);
  expect(isGuestToken(ordered(limits.guestTokenSteps + 1))).toBe(false);
});

test.each([
  "a".repeat(22),
  "a".repeat(32),
  "ab".repeat(16),
  "0123456789abcdef".repeat(2),
  "aC3eG5iK7mOqS9u_".repeat(2),
  "abcdefghijklmnopqrstuvwxyz012345",
  "ZYXWVUTSRQPONMLKJIHGFEDCBA987654",
  "a-guest-who-reloads-the-page-now",
  "A_GUEST_WHO_RELOADS_THE_PAGE_NOW",
  "5f4dcc3b5aa765d61d8327deb882cf99",
  token.slice(1),
  `${token}x`,
  `${token}=`,
  ` ${token}`,
  `${token}\n`,
  token.replace(/.$/, "+"),
  token.replace(/.$/, "é"),
  "",
])("a guest's token - is refused if somebody has chosen it: %j", (text) => {
  expect(isGuestToken(text)).toBe(false);
});

const offered = (text: string): string => `${subprotocols.token}${Buffer.from(text).toString("base64url")}`;

/** The user of a socket, and what the server selected of what was offered. */
async function meet(query: string, offers: string[]): Promise<{ user: string; selected: string }> {
  const path = `/ws/chat/${newSession()}/?${query}`;
  const socket = new WebSocket(world.gateway.url.replace("http", "ws") + path, offers);
  const first = await new Promise<string>((resolve, reject) => {
    socket.addEventListener("message", ({ data }) => resolve(String(data)), { once: true });
    socket.addEventListener("error", () => reject(new Error("refused")), { once: true });
  });
  socket.close();
  const { user } = JSON.parse(first) as { user?: { id: string } };
  return { user: user?.id ?? first, selected: socket.protocol };
}

async function idOf(headers: Record<string, string>, query = ""): Promise<string> {
  const sessionId = newSession();
  const answer = await world.get(`/api/sessions/${sessionId}/frames?${query}`, {
    method: "POST",
    body: '{"message":"hi"}',
    headers: { "content-type": "application/json", ...headers },
  });
  const [event] = await world.events(sessionId);
  return event?.user.id ?? String(answer.body["code"]);
}

test("a guest - is the same whichever way the token comes", async () => {
  const { user } = await meet(`guest=${token}`, []);
  expect(await meet("", [subprotocols.version, offered(token)])).toEqual({ user, selected: "natter.v1" });
  expect(await idOf({ authorization: `Bearer ${token}` })).toBe(user);
  expect(await idOf({ authorization: `bearer  ${token}` })).toBe(user);
  expect(await idOf({}, `guest=${token}`)).toBe(user);
  expect(await idOf({ cookie: `natter_guest=${token}` })).toBe(user);
});

test("a guest - is whom the socket's offer says, before the header, the query and the cookie", async () => {
  const [own, other] = [token, guestTokenOf("Bob")];
  const [mine, theirs] = [await idOf({}, `guest=${own}`), await idOf({}, `guest=${other}`)];
  expect(mine).not.toBe(theirs);
  const offers = [subprotocols.version, offered(own)];
  expect((await meet(`guest=${other}`, offers)).user).toBe(mine);
  expect(await idOf({ authorization: `Bearer ${own}`, cookie: `natter_guest=${other}` })).toBe(mine);
  expect(await idOf({ cookie: `natter_guest=${other}` }, `guest=${own}`)).toBe(mine);
});

test.each(["a".repeat(22), "a".repeat(32), "hello", "a.b.c"])(
  "a guest - is nobody with the token %j",
  async (bad) => {
    const socket = world.client(newSession(), `guest=${bad}`);
    expect(await socket.next("error")).toMatchObject({ code: "unauthorized", temporary: false });
    expect(await socket.closed()).toMatchObject({ code: closeCodes.unauthorized.code });
    expect(socket.of("connection")).toEqual([]);
    const said = await meet("", [subprotocols.version, offered(bad)]);
    expect(said.user).toContain("unauthorized");
    expect(await idOf({}, `guest=${bad}`)).toBe("unauthorized");
  },
);

test("a guest - is a new one with a cookie or a header that holds no token", async () => {
  expect(await idOf({ cookie: `natter_guest=${"a".repeat(22)}` })).toMatch(/^guest-/);
  for (const authorization of ["Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", "Basic YTpi", `Basic ${token}`])
    expect(await idOf({ authorization })).toMatch(/^guest-/);
  expect(await idOf({}, "guest=")).toMatch(/^guest-/);
});

/** Status line and headers of the answer to an upgrade. */
async function answerTo(...headers: string[]): Promise<string> {
  const raw = await RawSocket.connect(portOf(world));
  raw.write(upgradeRequest(`/ws/chat/${newSession()}/`, headers));
  const head = await raw.head();
  raw.end();
  return head;
}

test("a sub-protocol - is selected if it is the server's, in any place, and the token is never said back", async () => {
  for (const offers of [
    `natter.v1, ${offered(token)}`,
    `${offered(token)},natter.v1`,
    `soap, natter.v1`,
    "natter.v1",
  ]) {
    const head = await answerTo(`Sec-WebSocket-Protocol: ${offers}`);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).toMatch(/^sec-websocket-protocol: natter\.v1$/im);
    expect(head).not.toContain("natter.token");
  }
});

test("a sub-protocol - is not selected if it is another, and a client without one is served", async () => {
  for (const headers of [
    [],
    [`Sec-WebSocket-Protocol: ${offered(token)}`],
    ["Sec-WebSocket-Protocol: soap"],
  ]) {
    const head = await answerTo(...headers);
    expect(head).toMatch(/^HTTP\/1\.1 101 /);
    expect(head).not.toMatch(/^sec-websocket-protocol:/im);
  }
});

test("a request's tokens are in no answer", async () => {
  const { head } = await ask(world, [`GET /api/nothing?guest=${token} HTTP/1.1`, "Host: localhost"]);
  expect(head).not.toContain(token);
});
