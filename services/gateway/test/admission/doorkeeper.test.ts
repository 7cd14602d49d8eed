import { afterAll, beforeAll, expect, test } from "vitest";
import { parseAuthority, parseOrigin } from "../../src/admission/authority.ts";
import { ask, eventsRequest, portOf, upgrade, wantsEvents } from "../support/raw-requests.ts";
import { newSession, World } from "../support/world.ts";

let world: World;
let listed: World;
let port: number;

const known = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error("this test needs an address");
  return value;
};

beforeAll(async () => {
  world = await World.start();
  listed = await World.start({
    host: "0.0.0.0",
    allowedHosts: [known(parseAuthority("chat.example.com")), known(parseAuthority("[2001:db8::1]:8443"))],
    allowedOrigins: [known(parseOrigin("https://pages.example.com"))],
    tls: "forwarded",
  });
  port = portOf(world);
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await listed?.[Symbol.asyncDispose]();
});

/** What the gateway with the lists answers to a request for `host`. */
async function statusAt(host: string): Promise<number> {
  return (await ask(listed, ["GET /openapi.json HTTP/1.1", `Host: ${host}`])).status;
}

/** What it answers to a socket of a page of `origin`. */
async function statusFor(origin: string, ...headers: readonly string[]): Promise<number> {
  return upgrade(listed, [`Origin: ${origin}`, ...headers], "chat.example.com");
}

function warningsOf({ gateway }: World): unknown[] {
  return gateway.logger.lines
    .filter(({ message }) => String(message).startsWith("others than this machine can reach"))
    .map(({ fields }) => fields);
}

test.each([
  "//",
  "///",
  "//?name=a",
  "//x:y",
  "//[",
  "//livez",
  "/\\",
  "/\\\\",
  "/\\x:y",
  "/%",
  "/%zz",
  "*",
  "x",
  "?name=a",
  "@",
  "127.0.0.1:80",
  "http://",
  "http://[",
  "http:///",
  "http://127.0.0.1//",
  "ftp://127.0.0.1/",
  "/assets//",
  "/assets/%00",
  "/api/sessions/%00",
  "/api/sessions?limit=%",
])("a request target - %s is a bad request, and no defect", async (target) => {
  const host = `Host: 127.0.0.1:${port}`;
  expect((await ask(world, [`GET ${target} HTTP/1.1`, host])).status).toBe(400);
  expect((await ask(world, [`OPTIONS ${target} HTTP/1.1`, host])).status).toBeOneOf([400, 404]);
  expect(world.gateway.logger.lines.filter(({ level }) => level === "error")).toEqual([]);
});

test.each(["/", "/?name=a", "/?#", "/#", "http://127.0.0.1", "http://127.0.0.1/", "http://localhost?name=a"])(
  "a request target - %s is the page",
  async (target) => {
    const page = await ask(world, ["GET / HTTP/1.1", `Host: 127.0.0.1:${port}`]);
    const { status } = await ask(world, [`GET ${target} HTTP/1.1`, `Host: 127.0.0.1:${port}`]);
    expect(status).toBe(page.status);
  },
);

test.each([
  "127.0.0.1",
  "127.0.0.1:9999",
  "127.8.8.8",
  "localhost",
  "LocalHost:1",
  "localhost.",
  "[::1]",
  "[0:0:0:0:0:0:0:1]:80",
  "[::ffff:127.0.0.1]",
])("a Host - %s is this machine's own and is answered", async (host) => {
  expect((await ask(world, ["GET / HTTP/1.1", `Host: ${host}`])).status).not.toBe(403);
  expect(await upgrade(world, [], host)).toBe(101);
});

test.each([
  "evil.example",
  "rebind.evil.example:8080",
  "EVIL.example.",
  "localhost.evil.example",
  "127.0.0.1.evil.example",
  "evil.example#localhost",
  "localhost@evil.example",
  "evil.example@localhost",
  "localhost/",
  "%6cocalhost",
  "localhost..",
  "localhost:99999",
  "localhost:80:80",
  "128.0.0.1",
  "192.0.2.7",
  "0.0.0.0",
  "[::2]",
  "[::ffff:192.0.2.7]",
  "::1",
  "a b",
  "",
])("a Host - %j is foreign and is refused everywhere", async (host) => {
  const line = `Host: ${host}`;
  for (const path of ["/", "/api/sessions", "/openapi.json", "/assets/x.js", "/nothing", "/ws/chat/x/"]) {
    const { status, head } = await ask(world, [`GET ${path} HTTP/1.1`, line]);
    expect([path, status]).toEqual([path, 403]);
    expect(head).toMatch(/^content-type: application\/problem\+json/im);
  }
  expect((await ask(world, [eventsRequest(), line, wantsEvents])).status).toBe(403);
  for (const method of ["POST", "PATCH", "DELETE", "PUT"]) {
    const request = [`${method} /api/sessions/x HTTP/1.1`, line, "Content-Length: 0"];
    expect([method, (await ask(world, request)).status]).toEqual([method, 403]);
  }
  expect(await upgrade(world, [], host)).toBe(403);
});

test("a Host - counts as it stands in a target that is written in full", async () => {
  const own = `Host: 127.0.0.1:${port}`;
  expect((await ask(world, ["GET http://evil.example/api/sessions HTTP/1.1", own])).status).toBe(403);
  expect((await ask(world, ["GET HTTP://evil.example:80 HTTP/1.1", own])).status).toBe(403);
  expect((await ask(world, ["GET http://127.0.0.1@evil.example/livez HTTP/1.1", own])).status).toBe(200);
  expect((await ask(world, ["GET http://127.0.0.1@evil.example/ HTTP/1.1", own])).status).toBe(403);
  expect((await ask(world, ["GET http:///api/sessions HTTP/1.1", own])).status).not.toBe(200);
  expect((await ask(world, [`GET http://localhost:${port}/openapi.json HTTP/1.1`, own])).status).toBe(200);
});

test("a Host - has to be said, and once", async () => {
  expect((await ask(world, ["GET /openapi.json HTTP/1.0"])).status).toBe(403);
  expect(
    (await ask(world, ["GET /openapi.json HTTP/1.1", "Host: localhost", "Host: localhost"])).status,
  ).toBe(403);
});

test("a Host - does not matter to whoever watches over the process", async () => {
  expect((await ask(world, ["GET /livez HTTP/1.1", "Host: 10.1.2.3:8080"])).status).toBe(200);
  expect((await ask(world, ["GET /readyz HTTP/1.0"])).status).toBe(200);
});

test("a Host - on the list is answered, at the port of the list if there is one", async () => {
  expect(await statusAt("chat.example.com")).toBe(200);
  expect(await statusAt("CHAT.example.com.:8443")).toBe(200);
  expect(await statusAt("[2001:DB8:0::1]:8443")).toBe(200);
  expect(await statusAt("[2001:db8::1]")).toBe(403);
  expect(await statusAt("www.chat.example.com")).toBe(403);
  expect(await statusAt("evil.example")).toBe(403);
  // The gateway was called at this address.
  expect(await statusAt(`127.0.0.1:${port}`)).toBe(200);
});

function foreignOrigins(): string[] {
  return [
    "https://evil.example",
    "null",
    "",
    `http://127.0.0.1:${port - 1}`,
    "http://127.0.0.1",
    `http://evil.example:${port}`,
    `http://127.0.0.1.evil.example:${port}`,
    `http://127.0.0.1:${port}@evil.example`,
    `http://evil.example/127.0.0.1:${port}`,
    `http://127.0.0.1:${port}, http://evil.example`,
    `file://127.0.0.1:${port}`,
    `chrome-extension://127.0.0.1:${port}`,
    `127.0.0.1:${port}`,
  ];
}

test("an Origin - that is foreign is refused on sockets, streams, pages and every request that writes", async () => {
  const host = `Host: 127.0.0.1:${port}`;
  for (const origin of foreignOrigins()) {
    const line = `Origin: ${origin}`;
    const statuses = await Promise.all([
      upgrade(world, [line], `127.0.0.1:${port}`),
      ask(world, [eventsRequest(), host, line, wantsEvents]).then(({ status }) => status),
      ask(world, ["GET /api/sessions HTTP/1.1", host, line]).then(({ status }) => status),
      ...["POST", "PATCH", "DELETE"].map(async (method) => {
        const path = `/api/sessions/x${method === "POST" ? "/frames" : ""}`;
        return (await ask(world, [`${method} ${path} HTTP/1.1`, host, line, "Content-Length: 0"])).status;
      }),
    ]);
    expect([origin, ...statuses]).toEqual([origin, 403, 403, 403, 403, 403, 403]);
  }
});

test("an Origin - of the host itself is answered, also by another name of this machine", async () => {
  for (const origin of [
    `http://127.0.0.1:${port}`,
    `http://localhost:${port}`,
    `https://LOCALHOST:${port}`,
    `http://[::1]:${port}`,
  ])
    expect([origin, await upgrade(world, [`Origin: ${origin}`], `127.0.0.1:${port}`)]).toEqual([origin, 101]);
});

test("an Origin - need not be said, because only browsers say it", async () => {
  expect(await upgrade(world, [])).toBe(101);
  const answer = await world.get(`/api/sessions/${newSession()}/frames`, {
    method: "POST",
    body: '{"type":"ping"}',
    headers: { "content-type": "application/json" },
  });
  expect(answer).toMatchObject({ status: 200, body: { type: "pong" } });
});

test("an Origin - on the list is answered with its very scheme and port", async () => {
  expect(await statusFor("https://pages.example.com", "Sec-Fetch-Site: cross-site")).toBe(101);
  expect(await statusFor("https://PAGES.example.com:443", "Sec-Fetch-Site: cross-site")).toBe(101);
  expect(await statusFor("http://pages.example.com", "Sec-Fetch-Site: cross-site")).toBe(403);
  expect(await statusFor("https://pages.example.com:8443", "Sec-Fetch-Site: cross-site")).toBe(403);
  expect(await statusFor("https://other.example.com", "Sec-Fetch-Site: cross-site")).toBe(403);
});

test("an Origin - of the host counts only with the scheme that people come by", async () => {
  expect(await statusFor("https://chat.example.com", "X-Forwarded-Proto: https")).toBe(101);
  expect(await statusFor("http://chat.example.com", "X-Forwarded-Proto: https")).toBe(403);
  expect(await statusFor("http://chat.example.com", "X-Forwarded-Proto: http")).toBe(101);
  expect(await statusFor("https://chat.example.com:8443", "X-Forwarded-Proto: https")).toBe(403);
});

test.each(["cross-site", "same-site", "nonsense"])(
  "a request without an Origin - from a %s page is refused on the API",
  async (site) => {
    const path = `/api/sessions/${newSession()}/messages`;
    const headers = { "sec-fetch-site": site };
    expect(await world.get(path, { headers })).toMatchObject({ status: 403, body: { code: "bad_origin" } });
    expect((await world.get("/", { headers })).status).not.toBe(403);
  },
);

test.each(["same-origin", "none"])(
  "a request without an Origin - from a %s page is answered",
  async (site) => {
    const answer = await world.get("/api/sessions/x/frames", {
      method: "POST",
      body: '{"type":"ping"}',
      headers: { "content-type": "application/json", "sec-fetch-site": site },
    });
    expect(answer.status).toBe(200);
  },
);

test("a gateway that others can reach - says at its start which lists are not set, and is safe all the same", async () => {
  await using open = await World.start({ host: "0.0.0.0" });
  expect(warningsOf(open)).toEqual([
    { host: "0.0.0.0", unset: ["NATTER_ALLOWED_HOSTS", "NATTER_ALLOWED_ORIGINS"] },
  ]);
  for (const host of ["evil.example", "chat.example.com", "192.0.2.7", "[2001:db8::1]"])
    expect((await ask(open, ["GET / HTTP/1.1", `Host: ${host}`])).status).toBe(403);
  expect((await ask(open, ["GET /openapi.json HTTP/1.1", "Host: 127.0.0.1"])).status).toBe(200);
  expect(await upgrade(open, ["Origin: https://evil.example"])).toBe(403);
});

test("a gateway that others can reach - says nothing where they are set, or where nobody else can reach it", () => {
  expect([...warningsOf(world), ...warningsOf(listed)]).toEqual([]);
});

const own = (): string => `Host: 127.0.0.1:${port}`;

test.each([
  "text/event-stream",
  "Text/Event-Stream",
  "text/html, text/event-stream;q=0.5, */*",
  "text/event-stream; charset=utf-8",
  " text/event-stream ;q=1",
])("an event stream - is given to who asks for it: %s", async (accept) => {
  expect((await ask(world, [eventsRequest(), own(), `Accept: ${accept}`])).status).toBe(200);
});

test.each([
  undefined,
  "*/*",
  "",
  "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
  "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "text/event-stream;q=0",
  "text/event-stream;q=0.0",
  "text/event-streams",
  "x-text/event-stream",
  "text/*",
])("an event stream - joins nobody who does not ask for it: %s", async (accept) => {
  const line = accept === undefined ? [] : [`Accept: ${accept}`];
  expect((await ask(world, [eventsRequest(), own(), ...line])).status).toBe(400);
});

test.each(["image", "iframe", "script", "style", "object", "video", "font", "nonsense"])(
  "an event stream - and every other answer of the API is nothing that a page shows as its %s",
  async (use) => {
    const line = `Sec-Fetch-Dest: ${use}`;
    const site = "Sec-Fetch-Site: same-origin";
    expect((await ask(world, [eventsRequest(), own(), wantsEvents, line, site])).status).toBe(400);
    const list = ["GET /api/sessions HTTP/1.1", own(), line, site];
    expect((await ask(world, list)).status).toBe(400);
    expect((await ask(world, ["GET / HTTP/1.1", own(), line, site])).status).not.toBe(400);
  },
);

test("an event stream - is given to a page's own script", async () => {
  const lines = [eventsRequest(), own(), wantsEvents, "Sec-Fetch-Dest: empty", "Sec-Fetch-Site: same-origin"];
  expect((await ask(world, lines)).status).toBe(200);
});
