import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { describeHttp } from "../../src/http/openapi.ts";
import { undescribed } from "../support/described-answers.ts";
import { World } from "../support/world.ts";

const written: unknown = JSON.parse(
  await readFile(new URL("../../../../docs/openapi.json", import.meta.url), "utf8"),
);

test("docs/openapi.json - is what `pnpm generate` writes", async () => {
  expect(written).toEqual(JSON.parse(JSON.stringify(await describeHttp())));
});

test("GET /openapi.json - describes the same routes as docs/openapi.json", async () => {
  await using world = await World.start();
  expect((await world.get("/openapi.json")).body).toEqual(written);
});

test("docs/openapi.json - has a schema or no body for every response", () => {
  const { paths } = written as { paths: Record<string, Record<string, { responses: object }>> };
  const responses = Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations).flatMap((operation) =>
      Object.entries(operation.responses).map(([status, response]) => ({ path, status, response })),
    ),
  );
  expect(responses.length).toBeGreaterThan(50);
  const bare = responses.filter(({ status, response }) => status !== "204" && !("content" in response));
  expect(bare).toEqual([]);
  expect(responses.filter(({ response }) => response.description === "Default Response")).toEqual([]);
});

test.each([
  ["a status that the route does not have", { status: 418, body: {} }],
  ["a body of another type", { contentType: "text/plain", body: "x" }],
  ["a missing field", { body: { type: "pong", seq: 1 } }],
  ["a field without a description", { body: { type: "ack", seq: 1, extra: true } }],
  [
    "an error that the route cannot give",
    {
      status: 400,
      contentType: "application/problem+json",
      body: { type: "about:blank", title: "x", status: 400, code: "bad_model", temporary: false },
    },
  ],
])("the check of HTTP answers - finds %s", (_name, answer) => {
  const whole = {
    method: "POST",
    path: "/api/sessions/s/frames",
    status: 200,
    contentType: "application/json",
  };
  expect(undescribed({ ...whole, ...answer })).toHaveLength(1);
});

test("the check of HTTP answers - finds nothing wrong with an ack", () => {
  const ack = { type: "ack", id: "x", messageId: "m", seq: 1, duplicate: true };
  const answer = {
    method: "POST",
    path: "/api/sessions/s/frames",
    status: 200,
    contentType: "application/json",
  };
  expect(undescribed({ ...answer, body: ack })).toEqual([]);
});
