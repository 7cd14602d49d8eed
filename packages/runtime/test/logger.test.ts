import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const program = `
  import { createLogger } from ${JSON.stringify(fileURLToPath(new URL("../src/index.ts", import.meta.url)))};
  const id = "secret-Session_1";
  const logger = createLogger("test", { level: "trace", instance: undefined, namesKey: process.argv[1] || undefined });
  const cause = new Error("no answer on natter.reply." + id);
  const error = new Error("cannot read natter.log." + id + " at seq 3", { cause });
  error.request = { url: "/ws/chat/" + id + "/?guest=a-token-of-a-guest&name=Ann", path: "/api/sessions/" + id };
  logger.info({ sessionId: id }, "a field");
  logger.child({ sessionId: id }).trace("a field of a child");
  logger.warn({ reply: { sessionId: id, parts: [{ sessionId: id }] } }, "deep inside");
  logger.warn({ said: JSON.stringify({ sessionId: id, text: JSON.stringify({ sessionId: id }) }) }, "JSON");
  logger.error({ err: error }, "an error with a cause");
  logger.fatal({ subject: "$O.natter.live." + id, err: error }, "a subject");
  logger.info({ subjects: ["to natter.control." + id, "to natter.presence." + id, "asked: natter.rpc.history"] }, "subjects");
  logger.info({ sessionId: "another" }, "another session");
`;

function linesOf(key: string): string[] {
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program, key], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

const namesIn = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => [...line.matchAll(/s\.[\w-]{12}/g)].map(([name]) => name));

describe("a log", () => {
  test("has no session's id in any place of a line, and no token of an address", () => {
    const lines = linesOf("");
    expect(lines).toHaveLength(8);
    for (const line of lines) {
      expect(line).not.toContain("secret-Session_1");
      expect(line).not.toContain("a-token-of-a-guest");
      expect(line).toMatch(/s\.[\w-]{12}/);
      expect(() => JSON.parse(line) as unknown).not.toThrow();
    }
  });

  test("says what was asked for", () => {
    expect(linesOf("").filter((line) => line.includes(": natter.rpc.history"))).toHaveLength(1);
  });

  test("tells sessions apart: each has one name in all lines", () => {
    const names = namesIn(linesOf(""));
    expect(names.length).toBeGreaterThan(12);
    expect(new Set(names).size).toBe(2);
  });

  test("has the same names with the same key, and others without it", () => {
    const [first, again, other] = [linesOf("0123456789abcdef"), linesOf("0123456789abcdef"), linesOf("")];
    expect(namesIn(again)).toEqual(namesIn(first));
    expect(namesIn(other)[0]).not.toBe(namesIn(first)[0]);
  });
});
