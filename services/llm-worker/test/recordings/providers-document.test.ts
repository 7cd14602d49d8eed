import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { recordings } from "./catalog.ts";
import type { Exchange } from "./recording.ts";

const entries = Object.entries(recordings);
const folder = new URL("providers/", import.meta.url);
const read = (path: string): string => readFileSync(new URL(`../../../../${path}`, import.meta.url), "utf8");

const text = read("docs/providers.md");
const rows = [
  ...text.matchAll(
    /^\| \[(.+?)\]\(\.\.\/services\/llm-worker\/test\/recordings\/providers\/(.+?)\.ts\) *\| `(.+?)`/gm,
  ),
].map(([, provider, file, baseUrl]) => ({ provider, file, baseUrl }));

describe("docs/providers.md", () => {
  test("has a row for each recording, with its base URL, and no other", () => {
    expect(rows).toEqual(entries.map(([file, { provider, baseUrl }]) => ({ provider, file, baseUrl })));
  });

  test("has a section for each provider", () => {
    const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
    expect(headings).toEqual(expect.arrayContaining(entries.map(([, { provider }]) => provider)));
  });

  test("is linked from the README and has at most 200 lines", () => {
    expect(read("README.md")).toContain("](docs/providers.md)");
    expect(text.split("\n").length).toBeLessThanOrEqual(200);
  });
});

describe("the recordings", () => {
  test("are all in the catalog", () => {
    const files = readdirSync(folder).filter((name) =>
      readFileSync(new URL(name, folder), "utf8").includes("export const recording:"),
    );
    expect(files.sort()).toEqual(entries.map(([file]) => `${file}.ts`).sort());
  });

  test.each(entries)("of %s have names of their own", (_file, { exchanges }) => {
    const names = exchanges.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test.each(entries)(
    "of %s show an answer with usage, a refusal and a context that is full",
    (_file, one) => {
      const outcomes = one.exchanges.map(({ expected }) =>
        "failure" in expected ? expected.failure : "answer",
      );
      expect(outcomes).toEqual(expect.arrayContaining(["answer", "refused", "context_too_long"]));
      expect(one.exchanges.some(({ expected }) => "usage" in expected)).toBe(true);
    },
  );

  test.each(entries)("of %s expect an answer only of a stream that says 200", (_file, one) => {
    const elsewhere = one.exchanges.filter(
      (exchange) => !("failure" in exchange.expected) && !(exchange.status === 200 && isStream(exchange)),
    );
    expect(elsewhere).toEqual([]);
  });

  test.each(entries)("of %s stream nothing but JSON and the mark of the end", (_file, one) => {
    // What was cut off ends in the middle of something.
    const whole = one.exchanges.filter((exchange) => isStream(exchange) && exchange.body.endsWith("\n\n"));
    expect(whole.flatMap(dataOf).filter((data) => data !== "[DONE]" && !isJson(data))).toEqual([]);
  });
});

function isStream({ headers }: Exchange): boolean {
  return headers["content-type"]?.startsWith("text/event-stream") ?? false;
}

function dataOf({ body }: Exchange): readonly string[] {
  return [...body.matchAll(/^data: (.+)$/gm)].map(([, data]) => data ?? "");
}

function isJson(data: string): boolean {
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}
