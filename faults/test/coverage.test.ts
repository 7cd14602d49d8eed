import { breakages, failpoints } from "@natter/runtime";
import { describe, expect, test } from "vitest";
import { everyScenario } from "../src/scenarios/every-scenario.ts";
import { knownBad } from "../src/scenarios/known-bad.ts";

const rows = new Set(
  `C1 C2 C3 C4 C5 C6 C7 C8 C9 G1 G2 G3 N1 N4 N5 N6 N7 N8 N9 N10 N11 N18 K1 K2 K3 K4 K5 K6 K7 K8 F1 F2 F3 F4 F5 M3 M4 M5 M6 M7 M8
  W1 W2 W3 W4 W5 W6 W7 W8 W9 W10 W11 D1 D2 D3 A1 A2 A3 A4 A5 A6`.split(/\s+/),
);

describe("the fault suite", () => {
  test("has a scenario for each row that it promises, and no two of one name", () => {
    const ids = everyScenario.map(({ id }) => id);
    expect(new Set(ids.map((id) => id.split(" ")[0]))).toEqual(rows);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("lets a process die at every failpoint of the code", () => {
    const died = everyScenario.flatMap(({ failpoint }) => failpoint ?? []);
    expect(died.sort()).toEqual([...failpoints].sort());
  });

  test("has a known-bad run for every breakage of the code", () => {
    expect(knownBad.map(({ breakage }) => breakage).sort()).toEqual([...breakages].sort());
  });
});
