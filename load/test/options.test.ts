import { describe, expect, test } from "vitest";
import { help, OptionsError, optionTable, readOptions } from "../src/options.ts";
import { scenarios } from "../src/scenarios/scenarios.ts";

function refusal(args: readonly string[]): string {
  try {
    readOptions(args);
  } catch (error) {
    if (error instanceof OptionsError) return error.message;
    throw error;
  }
  return "";
}

describe("the options of a load test", () => {
  test.each(Object.keys(scenarios))("of %s have a default for every number", (scenario) => {
    const during = scenarios[scenario]?.needs === undefined ? [] : ["--during", "true"];
    const options = readOptions([scenario, ...during]);
    expect(options).toMatchObject({
      command: "load",
      scenario,
      plan: { url: "http://127.0.0.1:8080", seed: 1 },
    });
    expect(JSON.stringify(options)).not.toContain("null");
  });

  test("change the plan of a scenario", () => {
    const { plan } = readOptions(["steady", "--", "--sessions", "3", "--rate-per-second", "0.5"]) as {
      plan: object;
    };
    expect(plan).toMatchObject({ sessions: 3, ratePerSecond: 0.5 });
  });

  test.each([
    [[], "expected one scenario"],
    [["stedy"], "expected one scenario"],
    [["steady", "idle"], "expected one scenario"],
    [["steady", "--session", "3"], "--session"],
    [["steady", "--sessions", "three"], "--sessions is malformed: expected a whole number, not three"],
    [["steady", "--sessions", "0"], "at least 1"],
    [["steady", "--slow-share", "2"], "--slow-share is malformed: expected a number from 0 to 1"],
    [["steady", "--url", "127.0.0.1:8080"], "--url is malformed"],
    [["steady", "--pids", "1,x"], "--pids is malformed"],
    [["steady", "--from", "/nowhere"], "--from cannot be read: ENOENT"],
    [["steady", "--gather-port", "9090"], "--gather-port needs --pods"],
    [["deploy"], "deploy needs --during"],
    [["join"], "join needs the files"],
  ])("%j are refused in one line", (args, message) => {
    const said = refusal(args);
    expect(said).toContain(message);
    expect(said).not.toContain("\n");
  });

  test("are all in the help, with the scenarios", () => {
    for (const name of Object.keys(optionTable)) expect(help()).toContain(`--${name} `);
    for (const name of Object.keys(scenarios)) expect(help()).toContain(`  ${name} `);
  });
});
