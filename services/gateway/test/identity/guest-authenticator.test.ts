import { afterAll, beforeAll, expect, test } from "vitest";
import { RawSocket } from "../support/raw-socket.ts";
import { meet, portOf, wantsEvents } from "../support/raw-requests.ts";
import { newSession, World } from "../support/world.ts";

let world: World;
/** Behind a proxy that ends https. */
let secured: World;

beforeAll(async () => {
  world = await World.start();
  secured = await World.start({
    allowedHosts: [{ name: "chat.example.com", port: undefined }],
    tls: "forwarded",
  });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await secured?.[Symbol.asyncDispose]();
});

const old = "Zm9vYmFyQmF6cXV4UXV1eGNvcmdlZ3Jh";
const byHttps = ["Host: chat.example.com", "X-Forwarded-Proto: https"];

test("a guest - is told their token only if they are no browser", async () => {
  const host = `Host: 127.0.0.1:${portOf(world)}`;
  const isTold = async (...headers: string[]): Promise<boolean> =>
    (await meet(world, [host, ...headers])).hasToken;
  expect(await isTold()).toBe(true);
  expect(await isTold(`Origin: http://127.0.0.1:${portOf(world)}`)).toBe(false);
  expect(await isTold(`Cookie: natter_guest=${old}`)).toBe(false);
  expect(await isTold("Cookie: other=1")).toBe(false);
});

test("a guest - gets a cookie for this machine without https, and one that no neighbour can plant with it", async () => {
  expect((await meet(world, ["Host: localhost"])).cookies).toEqual([
    expect.stringMatching(/^natter_guest=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/),
  ]);
  expect((await meet(secured, byHttps)).cookies).toEqual([
    expect.stringMatching(
      /^__Host-natter_guest=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000; Secure$/,
    ),
  ]);
});

test("a guest - is nobody by a cookie that a neighbour can plant, once people come by https", async () => {
  const planted = "cGxhbnRlZCBieSBhIG5laWdoYm91ciE0";
  const own = await meet(secured, [...byHttps, `Cookie: __Host-natter_guest=${old}`]);
  expect(own.cookies).toEqual([]);
  const plain = await meet(world, ["Host: localhost", `Cookie: natter_guest=${planted}`]);
  expect(plain.cookies).toEqual([]);
  const victim = await meet(secured, [...byHttps, `Cookie: natter_guest=${planted}`]);
  expect(victim.user).not.toBe(plain.user);
  expect(victim.cookies).toEqual([expect.stringMatching(/^__Host-natter_guest=[\w-]{32}; .*Secure$/)]);
  expect(victim.cookies[0]).not.toContain(planted);
  const both = `Cookie: natter_guest=${planted}; __Host-natter_guest=${old}`;
  expect(await meet(secured, [...byHttps, both])).toMatchObject({ user: own.user, cookies: [] });
});

test.each(["AI", "\u3164", "  ", "А I"])(
  "a guest whose name is refused - is told so and goes on as Guest: %j",
  async (name) => {
    const client = world.client(newSession(), `name=${encodeURIComponent(name)}`);
    // As the smallest client does, which looks at no error.
    client.sendWhenOpen({ message: "not lost" });
    expect((await client.next("connection")).user.name).toBe("Guest");
    expect(await client.next("error")).toMatchObject({ code: "bad_name", temporary: false });
    expect(await client.next("message")).toMatchObject({ message: "not lost", user: { name: "Guest" } });
    expect(client.isOpen).toBe(true);
  },
);

test("a guest whose name is refused - is told so on an event stream", async () => {
  const raw = await RawSocket.connect(portOf(world));
  const request = `GET /api/sessions/${newSession()}/events?name=System HTTP/1.1`;
  raw.write([request, "Host: localhost", wantsEvents, "", ""].join("\r\n"));
  const text = await raw.textWith("bad_name");
  expect(text).toContain('"name":"Guest"');
  raw.end();
});

test("a guest whose name is refused - writes nothing over HTTP, and reads as ever", async () => {
  const sessionId = newSession();
  const path = `/api/sessions/${sessionId}/frames?name=assistant`;
  const init = { method: "POST", headers: { "content-type": "application/json" } };
  const refused = await world.get(path, { ...init, body: '{"message":"hi"}' });
  expect(refused).toMatchObject({ status: 400, body: { code: "bad_name", temporary: false } });
  expect(await world.events(sessionId)).toEqual([]);
  const stop = await world.answerRpc("sessions", () => ({
    ok: true,
    sessions: [],
    epoch: "",
    appliedSeq: 0,
  }));
  expect((await world.get("/api/sessions?name=assistant")).status).toBe(200);
  stop();
});

test("a guest whose name is refused - is none without a name", async () => {
  for (const query of ["", "name="]) {
    const client = await world.join(newSession(), query);
    await client.roundTrip();
    expect(client.of("error")).toEqual([]);
    expect(client.of("connection")[0]?.user.name).toBe("Guest");
  }
});
