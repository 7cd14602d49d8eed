import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ofTheStart, roleSettings, settings, type Setting } from "../src/index.ts";

const text = readFileSync(new URL("../../../docs/settings.md", import.meta.url), "utf8");
const rows = text.split("\n").filter((line) => line.startsWith("| `"));
const entries: [string, Setting][] = Object.entries(settings);

/** The services that read it; `start` reads all of them, and some for itself alone. */
function readersOf(name: string): string {
  if (ofTheStart.some((setting) => setting === name)) return "start";
  const services = (["gateway", "persistence", "llm-worker"] as const).filter((role) =>
    roleSettings[role].some((setting) => setting === name),
  );
  return services.length === 3 ? "all" : services.join(", ");
}

describe("docs/settings.md", () => {
  test("has the names, defaults and meanings of the code, and no other", () => {
    const documented = rows.map((row) =>
      row
        .slice(1, -1)
        .split(" | ")
        .map((cell) => cell.trim()),
    );
    expect(documented).toEqual(
      entries.map(([name, setting]) => [
        `\`${name}\``,
        setting.default === undefined ? "" : `\`${setting.default}\``,
        setting.meaning,
        readersOf(name),
      ]),
    );
  });

  test("says which of them are secret", () => {
    const sentence = /can hold secrets: (.*)\./.exec(text)?.[1] ?? "";
    const secret = entries.filter(([, setting]) => setting.secret).map(([name]) => `\`${name}\``);
    expect(sentence.split(", ")).toEqual(secret);
  });
});
