import { closeCodes, protocolErrors } from "@natter/protocol";
import { ChatClient, waitFor } from "@natter/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { GatewayProcess } from "../support/gateway-process.ts";
import { RawSocket } from "../support/raw-socket.ts";

let gateway: GatewayProcess;
let sessions = 0;

beforeAll(async () => {
  gateway = await GatewayProcess.start();
});
afterAll(async () => gateway?.[Symbol.asyncDispose]());

const valid = fc.constantFrom(
  { message: "hi" },
  { type: "message", id: "0190a5c0-0000-7000-8000-000000000000", message: "hi", replyTo: "m" },
  { type: "edit", messageId: "m", message: "other", reply: true },
  { type: "delete", messageId: "m" },
  { type: "regenerate", messageId: "m.p" },
  { type: "stop", messageId: "m" },
  { type: "reaction", messageId: "m", emoji: "🎉", on: true },
  { type: "read_receipt", messageId: "m" },
  { type: "typing", isTyping: true },
);
/** A frame with a field that is something else, or one more. */
const mutated = fc
  .tuple(valid, fc.string(), fc.jsonValue(), fc.nat(20))
  .map(([frame, name, value, index]) => {
    const names = [...Object.keys(frame), name];
    return JSON.stringify({ ...frame, [names[index % names.length] ?? name]: value });
  });
const cut = fc.tuple(mutated, fc.nat(200)).map(([text, length]) => text.slice(0, length));
const said = fc.oneof(
  fc.json(),
  mutated,
  cut,
  fc.string({ unit: "binary" }),
  fc.uint8Array({ maxLength: 50 }),
);

test("whatever is said in frames is answered from the error table, or stored, and nobody else notices", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(said, { minLength: 1, maxLength: 15 }), async (frames) => {
      const client = await ChatClient.connect(gateway.url, `fuzz-${sessions++}`);
      for (const frame of frames) client.socket.send(frame);
      client.send({ type: "ping" });
      // A lone surrogate cannot be said: the platform's own WebSocket replaces it.
      await waitFor(() => client.all("pong").length > 0 || client.closeCode !== undefined, {
        what: "an answer",
      });
      expect([undefined, closeCodes.malformed.code]).toContain(client.closeCode);
      for (const { code, message } of client.all("error")) {
        expect(Object.keys(protocolErrors)).toContain(code);
        expect(code).not.toBe("internal");
        expect(message.length).toBeLessThan(300);
      }
      await client.close();
    }),
    { numRuns: 80 },
  );
  await gateway.expectHealthy();
});

test("whatever bytes follow an upgrade, the process goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 }),
      async (parts) => {
        const raw = await RawSocket.upgrade(gateway.port, `/ws/chat/fuzz-raw-${sessions++}/`);
        for (const part of parts) raw.write(Buffer.from(part));
        raw.write(Buffer.alloc(20, 0xff));
        // 0xff is a reserved bit, or what a frame before it waits for.
        raw.end();
      },
    ),
    { numRuns: 300 },
  );
  await expect(gateway.expectHealthy()).resolves.toBeUndefined();
});

test("whatever is asked over HTTP is answered below 500, or is the store's to answer", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        method: fc.constantFrom("GET", "POST", "PATCH", "DELETE", "PUT"),
        tail: fc.constantFrom("", "/messages", "/frames"),
        id: fc.webSegment(),
        query: fc.webQueryParameters(),
        body: fc.oneof(fc.json(), fc.string()),
      }),
      async ({ method, tail, id, query, body }) => {
        const path = `/api/sessions/${id === "." || id === ".." ? "x" : id}${tail}?${query}`;
        const withBody = method === "GET" ? {} : { body, headers: { "content-type": "application/json" } };
        const response = await fetch(gateway.url + path, { method, ...withBody });
        await response.text();
        // There is no store in this test: what only it can know is temporary.
        expect(response.status === 503 || response.status < 500, `${response.status}`).toBe(true);
      },
    ),
    { numRuns: 100 },
  );
  await expect(gateway.expectHealthy()).resolves.toBeUndefined();
});
