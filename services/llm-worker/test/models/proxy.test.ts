import { createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { ByteProvider } from "@natter/testing";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readConfig } from "../../src/config.ts";
import { ModelFailure } from "../../src/models/provider-failure.ts";
import { openTestModel } from "./open-test-model.ts";

let provider: ByteProvider;
let proxy: Server;
/** What came to the proxy: a tunnel, or a request that names its host. */
const carried: string[] = [];

beforeAll(async () => {
  provider = await ByteProvider.start();
  proxy = createServer((near, response) => {
    carried.push(`${near.method} ${near.url}`);
    const { pathname } = new URL(near.url ?? "");
    const far = httpRequest(
      new URL(pathname, provider.url),
      { method: "POST", headers: near.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 0, answer.headers);
        answer.pipe(response);
      },
    );
    near.pipe(far);
  });
  proxy.on("connect", (near, socket: Socket) => {
    carried.push(`CONNECT ${near.url}`);
    socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await provider.close();
});
beforeEach(() => (carried.length = 0));

async function askThrough(variables: Readonly<Record<string, string>>): Promise<string> {
  provider.answer = () => ({
    pieces: ['data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n'],
  });
  // No host has this name: only the proxy knows the way.
  const model = openTestModel(readConfig(variables).model);
  let text = "";
  const request = {
    model: "m",
    messages: [{ role: "user" as const, content: "hi" }],
    replyTokens: 10,
    signal: new AbortController().signal,
  };
  await model.stream(request, (part) => (text += part.text));
  return text;
}

test.each(["HTTP_PROXY", "http_proxy"])("a provider is reached through %s", async (name) => {
  const { port } = proxy.address() as AddressInfo;
  const variables = { [name]: `http://127.0.0.1:${port}`, OPENAI_BASE_URL: "http://model.example:8000/v1" };
  expect(await askThrough(variables)).toBe("Hello");
  expect(carried).toEqual(["POST http://model.example:8000/v1/chat/completions"]);
});

test("a provider with TLS is reached through a tunnel of HTTPS_PROXY", async () => {
  const { port } = proxy.address() as AddressInfo;
  const variables = { HTTPS_PROXY: `http://127.0.0.1:${port}`, OPENAI_BASE_URL: "https://model.example/v1" };
  await expect(askThrough(variables)).rejects.toThrow(ModelFailure);
  expect(carried).toEqual(["CONNECT model.example:443"]);
});

test("a host in NO_PROXY is reached without", async () => {
  const { port } = proxy.address() as AddressInfo;
  const variables = {
    HTTP_PROXY: `127.0.0.1:${port}`,
    NO_PROXY: "127.0.0.1,other.example",
    OPENAI_BASE_URL: provider.url,
  };
  expect(await askThrough(variables)).toBe("Hello");
  expect(carried).toEqual([]);
});

test("an address that is none of a proxy stops the worker with a line that names it", () => {
  expect(() => readConfig({ HTTPS_PROXY: "socks5://me:hunter2@127.0.0.1" })).toThrow(
    /^HTTPS_PROXY is malformed: [^2]*$/,
  );
});
