import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import Fastify, { type FastifyInstance } from "fastify";
import { pageRoutes } from "../../src/http/routes/page-routes.ts";

const html = "<!doctype html><title>natter</title>".padEnd(500);
const script = "console.log(1);".padEnd(500);

let folder: string;
let server: FastifyInstance;

async function listen(pageDir: string): Promise<FastifyInstance> {
  const started = Fastify();
  await started.register(pageRoutes, {
    pageDir,
    identify: async (_request, reply) => {
      void reply.header("set-cookie", "natter_guest=x");
      return { id: "guest-x", name: "Guest", scopes: ["chat"], setCookies: [] };
    },
  });
  await started.listen({ host: "127.0.0.1", port: 0 });
  return started;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "natter-page-"));
  await mkdir(join(folder, "assets"));
  for (const [path, content] of [
    ["index.html", html],
    ["theme.js", script],
    ["assets/index-abc.js", script],
  ] as const) {
    await writeFile(join(folder, path), content);
    await writeFile(join(folder, `${path}.br`), brotliCompressSync(content));
    await writeFile(join(folder, `${path}.gz`), gzipSync(content));
  }
  server = await listen(folder);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Without what `fetch` adds and decodes. */
async function get(
  path: string,
  headers: Record<string, string> = {},
  from: FastifyInstance = server,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  const { port } = from.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    request({ host: "127.0.0.1", port, path, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
      );
    })
      .on("error", reject)
      .end();
  });
}

test("the page - comes with the guest's cookie and a policy under which nothing runs that a model wrote", async () => {
  const answer = await get("/");
  expect(answer.status).toBe(200);
  expect(answer.body.toString()).toBe(html);
  expect(answer.headers).toMatchObject({
    "cache-control": "no-cache",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": expect.stringContaining("microphone=()"),
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "set-cookie": ["natter_guest=x"],
    "x-content-type-options": "nosniff",
    "x-dns-prefetch-control": "off",
  });
  const policy = String(answer.headers["content-security-policy"]).split("; ");
  expect(policy).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
  );
  expect(policy.join()).not.toContain("unsafe-eval");
  expect(policy.find((rule) => rule.startsWith("script-src"))).not.toContain("unsafe-inline");
});

test.each(["127.0.0.1:8080", "[::1]:8080", "a; script-src *"])(
  "the page - asked for at %s may show no image of this server",
  async (host) => {
    for (const path of ["/", "/theme.js"]) {
      const policy = String((await get(path, { host })).headers["content-security-policy"]);
      expect(policy.split("; ").find((rule) => rule.startsWith("img-src"))).toBe("img-src data: https:");
      expect(policy).not.toContain("script-src *");
    }
  },
);

test("the page - is not sent again if it is the same", async () => {
  const { etag = "" } = (await get("/")).headers;
  expect((await get("/", { "if-none-match": etag })).status).toBe(304);
});

test.each([
  ["br", brotliDecompressSync],
  ["gzip", gunzipSync],
])("the page - and its assets come as %s to who can read it", async (encoding, decompress) => {
  for (const [path, content] of [
    ["/", html],
    ["/theme.js", script],
    ["/assets/index-abc.js", script],
  ] as const) {
    const { headers, body } = await get(path, { "accept-encoding": encoding });
    expect(headers["content-encoding"]).toBe(encoding);
    expect(headers.vary).toContain("accept-encoding");
    expect(decompress(body).toString()).toBe(content);
  }
});

test("the page - has assets that are never asked for again, because their names change with them", async () => {
  const { headers } = await get("/assets/index-abc.js");
  expect(headers["cache-control"]).toBe("public, max-age=31536000, immutable");
  expect(headers["content-type"]).toMatch(/javascript/);
});

test.each([
  "/assets/../index.html",
  "/assets/%2e%2e/index.html",
  "/assets/nothing.js",
  "/index.html",
  "/package.json",
])("the page - has nothing at %s", async (path) => {
  const { status, body } = await get(path);
  expect([403, 404]).toContain(status);
  expect(body.toString()).not.toContain("natter</title>");
});

test("the page - that was not built is said to be so, with how to build it", async () => {
  const bare = await listen(join(folder, "nowhere"));
  const { status, body } = await get("/", {}, bare);
  expect([status, body.toString()]).toEqual([404, expect.stringContaining("npx -y pnpm start")]);
  await bare.close();
});
