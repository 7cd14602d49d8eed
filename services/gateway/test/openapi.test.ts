import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { describeHttp } from "../src/http/openapi.ts";

test("docs/openapi.json is what the routes say; `pnpm generate` writes it", async () => {
  const written: unknown = JSON.parse(
    await readFile(new URL("../../../docs/openapi.json", import.meta.url), "utf8"),
  );
  expect(written).toEqual(JSON.parse(JSON.stringify(await describeHttp())));
  expect(Object.keys((written as { paths: object }).paths)).toContain("/api/sessions/{sessionId}/messages");
});
